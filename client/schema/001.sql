-- One table holds every row; each value is sealed by itself (ENVELOPE E-14).
-- `shelf` and `version` are in clear, `id` is random or a keyed hash: the file names nobody.
CREATE TABLE rows (
    shelf TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (shelf, id)
) STRICT, WITHOUT ROWID;
