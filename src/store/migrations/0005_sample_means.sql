-- Figures of five minutes each, which the longer charts read: ten seconds each
-- are only kept for a day.
CREATE TABLE sample_mean (
    project_id       TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    at               INTEGER NOT NULL,
    lag_ms           INTEGER NOT NULL,
    rows_per_second  REAL NOT NULL,
    bytes_per_second REAL NOT NULL,
    send_micros      REAL NOT NULL,
    PRIMARY KEY (project_id, at)
) STRICT, WITHOUT ROWID;
