-- What has arrived since the last batch of its board. Pages of these tables are in order of
-- arrival, so they have a file of their own: when a batch closes it is rewritten without them, and
-- the file beside it (kept) never had them.

CREATE TABLE state (                       -- one row
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    instance TEXT                          -- whose tokens are below; null in a backup
) STRICT;
INSERT INTO state VALUES (1, NULL);

CREATE TABLE closed (                      -- the last batch whose cells no longer wait here
    board  TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
    board     TEXT NOT NULL,
    class     INTEGER NOT NULL,            -- class code: also the order of a leaf list
    cell_hash BLOB NOT NULL,
    slot      INTEGER,                     -- small classes: the slot of that class's slab
    staged    TEXT,                        -- others: the name of a file in staged/
    PRIMARY KEY (board, class, cell_hash),
    CHECK ((slot IS NULL) <> (staged IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_new (                   -- moves to kept.spent with its board's batch
    spent_key BLOB PRIMARY KEY,
    board     TEXT NOT NULL,
    week      INTEGER NOT NULL,
    bound     BLOB                         -- hash of the cell it paid for; null for an upload
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (                     -- moves to kept.finished with its cell's batch
    upload_id TEXT PRIMARY KEY,
    spent_key BLOB NOT NULL UNIQUE,
    board     TEXT NOT NULL,
    class     INTEGER NOT NULL,
    "offset"  INTEGER NOT NULL,            -- bytes that are on disk
    last_day  INTEGER NOT NULL,
    kept      BLOB                         -- the cell's hash, when the whole body is
) STRICT, WITHOUT ROWID;
