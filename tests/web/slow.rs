//! Browsers that take their time: what they hold has an end.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::TestApp;

/// Longer than a head, and a body, may take.
const LONG: Duration = Duration::from_secs(40);

async fn answer(app: &TestApp, begun: &str) -> String {
    let address = app.app.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(begun.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let ended = timeout(LONG, stream.read_to_end(&mut said)).await;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(ended.is_ok_and(|read| read.is_ok()), "still open: {begun} {said}");
    said
}

#[tokio::test]
async fn half_sent_requests_are_ended() {
    let app = TestApp::start().await;
    let token = format!("Authorization: Bearer {}\r\n", app.app.token);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let halves = [
        "GET /health HTTP/1.1\r\nHost: ".to_owned(),
        format!("POST /login HTTP/1.1\r\nHost: x\r\n{form}Content-Length: 900\r\n\r\naccount="),
        format!("POST /api/v1/apply HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 900\r\n\r\n[[datas"),
    ];
    let answers = halves.iter().map(|half| answer(&app, half));
    for (half, said) in halves.iter().zip(futures_util::future::join_all(answers).await) {
        // Nothing was done: it is refused, or the connection ends without a word.
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{half}: {said}");
    }
    assert_eq!(app.get("/datasources").await.json.as_array().unwrap().len(), 0);
    app.app.stop().await;
}
