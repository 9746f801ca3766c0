-- Counts an order file from its raw text, without the code that loads it.
--
-- Parameters: $content (the text), $row (expression of one row with as many fields as the header,
-- or else of one physical line), $fields (the same with a group for each field of the layout),
-- $names (of these groups, in the order of the file),
-- $header_line, $mark (decimal), $date_format, $date_shape (its signs and digits).
-- One row comes back: lines, loaded, duplicates, quarantined, units, revenue.
WITH pieces AS (
    SELECT regexp_extract_all($content, $row) AS piece
),

physical AS (
    SELECT
        unnest(piece) AS raw,
        generate_subscripts(piece, 1) AS n
    FROM pieces
),

line AS (
    SELECT rtrim(raw, chr(13) || chr(10)) AS line
    FROM physical
    WHERE n > $header_line AND trim(raw, ' ' || chr(13) || chr(10)) <> ''
),

cut AS (
    SELECT
        regexp_full_match(line, $fields)
        AND length(line) <= 100000
        AND NOT contains(line, chr(0)) AS whole,
        regexp_extract(line, $fields, $names) AS field
    FROM line
),

plain AS (
    SELECT
        whole,
        list_transform(
            [
                field.InvoiceNo, field.StockCode, field.Description, field.Quantity,
                field.InvoiceDate, field.UnitPrice, field.CustomerID, field.Country
            ],
            lambda value: trim(
                CASE
                    WHEN starts_with(value, '"')
                        THEN
                            replace(regexp_extract(value, '^"((?:[^"]|"")*)"', 1), '""', '"')
                            || regexp_extract(value, '^"(?:[^"]|"")*"((?s:.*))$', 1)
                    ELSE value
                END,
                ' ' || chr(9) || chr(10) || chr(13)
            )
        ) AS value
    FROM cut
),

typed AS (
    SELECT
        whole,
        value[1] AS invoice,
        value[2] AS product,
        value[3] AS description,
        CASE
            WHEN
                length(value[4]) <= 30
                AND regexp_full_match(value[4], '[+-]?[0-9]+([' || $mark || ']0+)?')
                THEN try_cast(
                    ltrim(regexp_extract(value[4], '^[+-]?[0-9]+'), '+') AS decimal(38, 0)
                )
        END AS quantity,
        regexp_full_match(value[5], $date_shape) AS date_shaped,
        try_strptime(
            CASE
                WHEN contains($date_format, '%z') THEN regexp_replace(value[5], 'Z$', '+00:00')
                ELSE value[5]
            END,
            $date_format
        ) AS ordered_at,
        CASE
            WHEN
                length(value[6]) <= 30
                AND regexp_full_match(value[6], '[+-]?([0-9]+|[0-9]*[' || $mark || '][0-9]+)')
                AND NOT regexp_matches(value[6], '[' || $mark || '][0-9]{6}[0-9]*[1-9]')
                THEN try_cast('0' || replace(ltrim(value[6], '+-'), $mark, '.') AS decimal(38, 6))
                    * CASE WHEN starts_with(value[6], '-') THEN -1 ELSE 1 END
        END AS price,
        CASE
            WHEN lower(value[7]) NOT IN ('', 'nan', 'null', 'none', 'n/a')
                THEN regexp_replace(value[7], '^([0-9]+)[.,]0+$', '\1')
        END AS customer,
        value[8] AS country
    FROM plain
),

judged AS (
    SELECT
        * EXCLUDE (whole, date_shaped),
        coalesce(
            whole
            AND length(invoice) BETWEEN 1 AND 128
            AND length(product) BETWEEN 1 AND 128
            AND length(description) <= 1024
            AND quantity BETWEEN -1000000 AND 1000000
            AND date_shaped
            AND epoch_us(ordered_at) >= epoch_us(timestamp '1900-01-01')
            AND epoch_us(ordered_at) < epoch_us(timestamp '2200-01-01')
            AND price BETWEEN -1000000 AND 1000000
            AND length(coalesce(customer, '')) <= 128
            AND length(country) <= 1024,
            false
        ) AS good
    FROM typed
),

kept AS (
    SELECT DISTINCT * EXCLUDE (good)
    FROM judged
    WHERE good
),

counts AS (
    SELECT
        count(*) AS lines,
        count(*) FILTER (WHERE good) AS readable
    FROM judged
),

sums AS (
    SELECT
        count(*) AS loaded,
        coalesce(sum(quantity), 0) AS units,
        coalesce(sum(quantity::decimal(19, 0) * price::decimal(19, 6)), 0) AS revenue
    FROM kept
)

SELECT
    lines,
    loaded,
    readable - loaded AS duplicates,
    lines - readable AS quarantined,
    units::bigint AS units,
    revenue
FROM counts, sums
