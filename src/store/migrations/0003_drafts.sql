-- Projects in the making: what the wizard has so far, one row a wizard.
CREATE TABLE draft (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    -- The project that is being changed, or that came of it; NULL: none yet.
    project_id TEXT REFERENCES project (id) ON DELETE CASCADE,
    -- Digest of that project's settings when the change began.
    base       TEXT,
    -- Set when it became a project: a repeated submit finds that one.
    done       INTEGER NOT NULL CHECK (done IN (0, 1)),
    -- Rises with every change, so that two browsers don't overwrite each other.
    version    INTEGER NOT NULL,
    input      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
