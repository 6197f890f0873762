//! The very same form a second time, as after a double click or a reload.

use crate::support::{Reply, TestApp};

use super::table::{Again, BUTTONS, FORMS, Form};
use super::world::World;

fn place(reply: &Reply) -> Option<&str> {
    reply.headers.get("location").and_then(|place| place.to_str().ok())
}

/// What is wrong with the second submit of one form.
async fn check(world: &mut World<'_>, form: &'static Form) -> Option<String> {
    let mut scene = world.scene(form).await;
    let sheet = scene.sheet().await;
    let cookies = scene.me.cookies.clone();
    let first = scene.send(&sheet).await;
    world.settled(&first, &mut scene.me).await;
    let before = world.state();
    // The second click knows nothing of the first one's answer.
    scene.me.cookies = cookies;
    let second = scene.send(&sheet).await;
    world.settled(&second, &mut scene.me).await;
    let after = world.state();
    let changed: Vec<&str> =
        after.keys().filter(|table| after[*table] != before[*table]).map(String::as_str).collect();
    let same = (second.status, place(&second)) == (first.status, place(&first));
    let fine = match form.again {
        Again::Same => same && changed.is_empty(),
        Again::Told(status) => {
            let says = second.text.contains("role=\"alert\"");
            second.status.as_u16() == status && says && changed.is_empty()
        }
        Again::Another(tables) => second.status == first.status && changed == tables,
    };
    let got = (second.status, place(&second).unwrap_or_default());
    (!fine).then(|| format!("{}: {got:?}, changed {changed:?}: {}", form.post, second.text))
}

#[tokio::test]
async fn a_repeated_submit_is_harmless() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for form in FORMS.iter().chain(BUTTONS) {
        problems.extend(check(&mut world, form).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}
