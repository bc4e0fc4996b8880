-- name: limit_statements
-- Ends every later statement of the transaction after so many milliseconds; touches no row.
SELECT set_config('statement_timeout', $1, true);
