"""One sample for each type of the table."""

from tests.provider.samples.catalog import CATALOG
from tests.provider.samples.compute import COMPUTE
from tests.provider.samples.identity import IDENTITY
from tests.provider.samples.messages import MESSAGES
from tests.provider.samples.storage import STORAGE
from tests.provider.samples.streams import STREAMS

SAMPLES = [*STORAGE, *STREAMS, *COMPUTE, *IDENTITY, *MESSAGES, *CATALOG]
