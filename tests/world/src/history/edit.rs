//! Edits of the project between two runs.

use super::play::Player;
use super::setup::draw_kinds;
use crate::database::shape::Shape;
use crate::project::{Followed, Project};
use crate::random::Random;

impl Player {
    /// Between two runs somebody changes what the project asks for.
    pub(super) fn edit(&mut self, random: &mut Random) {
        // Before the first place is saved there is nothing that an edit could keep.
        if self.engine.is_some()
            || self.ending.is_some()
            || !self.has_read_statements()
            || self.world.disk.state().checkpoints.is_empty()
        {
            return;
        }
        let shapes = self.world.server.state().database.lasting_shapes();
        let project = edited(random, &self.world.project, &shapes, &self.world.topics);
        if !project.tables.is_empty() {
            self.world.project = project.clone();
            self.world.judge.edit(project);
        }
    }
}

/// A table comes or goes, or what is asked of one changes.
fn edited(random: &mut Random, project: &Project, shapes: &[Shape], topics: &[String]) -> Project {
    let mut project = project.clone();
    let shape = random.pick(shapes);
    let followed =
        project.tables.iter().position(|table| table.name.0 == shape.database && table.name.1 == shape.table);
    match (followed, random.below(5)) {
        (_, 0) => project.kinds = draw_kinds(random),
        (Some(index), 1 | 2) => drop(project.tables.remove(index)),
        (Some(index), 3) => project.tables[index].draw_filter(random, shape),
        (Some(index), _) => project.tables[index].draw_columns(random, shape),
        (None, _) => {
            let topic = topic_of(shape, topics);
            project.tables.push(Followed::draw(random, shape, topic));
        }
    }
    project
}

/// A table always goes to the same topic, also when it comes back: in another one
/// its rows would rightly stand again.
pub(super) fn topic_of<'t>(shape: &Shape, topics: &'t [String]) -> &'t str {
    &topics[shape.table.len() % topics.len()]
}
