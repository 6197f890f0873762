-- Columns that messages show (JSON list; empty: all) and the row filter of a table.
ALTER TABLE project_table ADD COLUMN columns TEXT NOT NULL DEFAULT '[]';
ALTER TABLE project_table ADD COLUMN row_filter TEXT NOT NULL DEFAULT '';
