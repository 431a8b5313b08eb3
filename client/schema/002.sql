-- The keys that rows are sealed under, a day each, themselves sealed under their lock (E-14.7).
-- `lock` and `number` are in clear; a key that is destroyed leaves no row.
CREATE TABLE generations (
    lock TEXT NOT NULL,
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (lock, number)
) STRICT, WITHOUT ROWID;
