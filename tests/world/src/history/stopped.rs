//! What a person does about a project that stopped for good.

use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_engine::identity::TableName;
use tidewire_engine::schema::given::define;

use super::play::Player;

impl Player {
    /// The project stopped for good: what happened must be a reason for that, and
    /// the remedy is to resume once the reason is gone.
    pub(super) fn failed(&mut self, error: &PipelineError) {
        if let Some(ending) = &mut self.ending
            && ending.is_meant(error)
        {
            return;
        }
        if error.kind == ErrorKind::SchemaUnknown && self.unread_ddl {
            return self.define(error);
        }
        if !self.explained.contains(&error.kind) {
            self.world.judge.report("stopped for good", error.to_string());
        }
    }

    /// Does what a project asks for that does not know the columns of a table at
    /// its place: gives the definition of then.
    fn define(&self, error: &PipelineError) {
        let report = |why: &str| self.world.judge.report("no way on", format!("{why}: {error}"));
        let (Some(table), Some(position)) = (&error.table, &error.position) else {
            return report("no table or place is named");
        };
        let Some((file, offset)) = position.rsplit_once(':') else { return report("no place can be read") };
        let offset = offset.parse().unwrap_or(0);
        let state = self.world.server.state();
        let dialect = state.database.settings.dialect.server();
        // Names may hold dots: two tables can be called the same.
        let named = self.world.project.tables.iter().map(|table| &table.name);
        let mut given = 0;
        for (database, table) in named.filter(|(first, last)| format!("{first}.{last}") == *table) {
            let Some(sql) = state.database.definition_at(file, offset, database, table) else { continue };
            log::debug!("given: {sql}");
            match define(&sql, &TableName::new(&**database, &**table), dialect) {
                Ok(schema) => self.world.disk.state().give(schema),
                Err(why) => report(&why.en),
            }
            given += 1;
        }
        if given == 0 {
            report("there is no such table there");
        }
    }
}
