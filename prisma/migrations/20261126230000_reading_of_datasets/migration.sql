-- What an upload says of itself beside its format: its charset, and what a row of a plain text is.
ALTER TABLE "datasets" ADD COLUMN "reading" JSON NOT NULL DEFAULT '{}';
