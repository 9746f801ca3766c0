//go:build tools

// Package engine pins the Pulumi engine that is built from source where its downloads are blocked.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
