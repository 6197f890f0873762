//! Connections against peers that answer late, in another order, never, or nonsense.

use super::*;
use crate::wire::frame::Request;
use futures_util::future::join_all;
use tokio::io::{DuplexStream, duplex};

/// The other end of a connection, which does what a test tells it.
struct Server(DuplexStream);

fn pair(buffer: usize) -> (Connection, Server) {
    let (ours, theirs) = duplex(buffer);
    (Connection::new(ours), Server(theirs))
}

impl Server {
    /// The next request: its number and its field `who`.
    async fn take(&mut self) -> (i32, String) {
        let length = self.0.read_u32().await.expect("length");
        let mut bytes = vec![0; length as usize];
        self.0.read_exact(&mut bytes).await.expect("frame");
        let header = u32::from_be_bytes(*bytes.first_chunk().expect("header")) as usize;
        let json: serde_json::Value = serde_json::from_slice(&bytes[4..4 + header]).expect("JSON");
        let who = json["extFields"]["who"].as_str().expect("who").to_owned();
        (i32::try_from(json["opaque"].as_i64().expect("number")).expect("small"), who)
    }

    async fn answer(&mut self, opaque: i32, remark: &str) {
        let json = format!(r#"{{"code":0,"flag":1,"opaque":{opaque},"remark":"{remark}"}}"#);
        let header = u32::try_from(json.len()).expect("short");
        self.0.write_u32(header + 4).await.expect("written");
        self.0.write_u32(header).await.expect("written");
        self.0.write_all(json.as_bytes()).await.expect("written");
    }
}

fn frame(who: &str) -> Frame {
    Request::new(1).with("who", &who).frame(None)
}

async fn call(connection: &Connection, caller: u64, who: &str) -> Result<String, Lost> {
    let Ok(call) = connection.begin(caller, frame(who), CALL) else { return Err(Lost::Unsent) };
    call.answer().await.map(|answer| answer.remark)
}

fn left(connection: &Connection) -> (usize, usize, usize) {
    let calls = connection.shared.calls();
    (calls.waiting.len(), calls.queued.len(), calls.in_flight)
}

#[tokio::test(start_paused = true)]
async fn answers_find_their_calls_in_any_order() {
    let (connection, mut server) = pair(1 << 16);
    let names: Vec<String> = (0..600).map(|number| format!("call {number}")).collect();
    let calls = join_all(names.iter().map(|name| call(&connection, 1, name)));
    let serving = async {
        let mut open = Vec::new();
        for taken in 1..=names.len() {
            open.push(server.take().await);
            // No more than these may be open at once, and the rest must still come.
            assert!(open.len() <= IN_FLIGHT);
            if open.len() == IN_FLIGHT || taken == names.len() {
                for (opaque, who) in open.drain(..).rev() {
                    server.answer(opaque, &who).await;
                }
            }
        }
    };
    let (answers, ()) = tokio::join!(calls, serving);
    assert!(answers.iter().zip(&names).all(|(answer, name)| answer.as_ref() == Ok(name)));
    assert_eq!(left(&connection), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_asks_much_waits_behind_itself() {
    // Nothing fits between the two but what the server takes.
    let (connection, mut server) = pair(8);
    let many = join_all((0..50).map(|_| call(&connection, 1, "many")));
    let one = call(&connection, 2, "one");
    let serving = async {
        let mut order = Vec::new();
        for _ in 0..51 {
            let (opaque, who) = server.take().await;
            order.push(who.clone());
            server.answer(opaque, &who).await;
        }
        order.iter().position(|who| who == "one")
    };
    let (_, _, place) = tokio::join!(many, one, serving);
    assert!(place.is_some_and(|place| place <= 2), "served at place {place:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_nothing_and_its_late_answer_is_no_news() {
    let (connection, mut server) = pair(1 << 16);
    let dropped = connection.begin(1, frame("dropped"), CALL).expect("open");
    let (opaque, _) = server.take().await;
    drop(dropped);
    assert_eq!(left(&connection), (0, 0, 0));
    let (answer, ()) = tokio::join!(call(&connection, 1, "next"), async {
        server.answer(opaque, "late").await;
        let (opaque, who) = server.take().await;
        server.answer(opaque, &who).await;
    });
    assert_eq!(answer, Ok("next".to_owned()));

    // One that was not sent yet is not sent at all.
    let (connection, mut server) = pair(8);
    let first = connection.begin(1, frame("first"), CALL).expect("open");
    drop(connection.begin(1, frame("unsent"), CALL));
    let serving = async {
        for expected in ["first", "last"] {
            let (opaque, who) = server.take().await;
            assert_eq!(who, expected);
            server.answer(opaque, &who).await;
        }
    };
    let (first, last, ()) = tokio::join!(first.answer(), call(&connection, 1, "last"), serving);
    assert!(first.is_ok() && last.is_ok());
    assert_eq!(left(&connection), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_server_ends_the_connection_and_a_slow_answer_only_its_call() {
    // It reads and says nothing; and it does not even read.
    for buffer in [1 << 16, 8] {
        let (connection, _server) = pair(buffer);
        let started = Instant::now();
        let ends = join_all((0..3).map(|_| call(&connection, 1, "x"))).await;
        assert!(ends.iter().all(|end| *end == Err(Lost::Late)), "{ends:?}");
        assert!(started.elapsed() < CALL * 2 && !connection.is_open());
        assert_eq!(call(&connection, 1, "x").await, Err(Lost::Unsent));
    }
    let (connection, mut server) = pair(1 << 16);
    let slow = async {
        let end = call(&connection, 1, "slow").await;
        assert_eq!(end, Err(Lost::Late));
    };
    let serving = async {
        let (late, _) = server.take().await;
        for _ in 0..8 {
            let (opaque, who) = server.take().await;
            server.answer(opaque, &who).await;
        }
        server.answer(late, "slow").await;
    };
    let others = async {
        for _ in 0..8 {
            assert!(call(&connection, 2, "quick").await.is_ok());
            tokio::time::sleep(CALL / 4).await;
        }
    };
    tokio::join!(slow, others, serving);
    assert!(connection.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_waits_for_its_disk_is_heard() {
    let (connection, mut server) = pair(1 << 16);
    let serving = async {
        let (opaque, who) = server.take().await;
        // The broker's own limit.
        tokio::time::sleep(Duration::from_secs(5)).await;
        server.answer(opaque, &who).await;
    };
    let Ok(sent) = connection.begin(1, frame("messages"), STORE) else { panic!("closed") };
    let (answer, ()) = tokio::join!(sent.answer(), serving);
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_a_connection_ends_its_calls() {
    let (connection, server) = pair(1 << 16);
    let (end, ()) = tokio::join!(call(&connection, 1, "x"), async {
        let mut server = server;
        server.take().await;
        drop(server);
    });
    assert_eq!(end, Err(Lost::Closed(None)));

    let (connection, mut server) = pair(1 << 16);
    let (end, ()) = tokio::join!(call(&connection, 1, "x"), async {
        server.0.write_all(b"HTTP/1.1 400 Bad Request\r\n").await.expect("written");
    });
    assert_eq!(end, Err(Lost::NoFrame(*b"HT")));

    let (connection, mut server) = pair(1 << 16);
    let (end, ()) = tokio::join!(call(&connection, 1, "x"), async {
        server.take().await;
        connection.close().await;
    });
    assert_eq!(end, Err(Lost::Closed(None)));
    // Nothing of it is left: the other side sees the end.
    assert_eq!(
        server.0.read_u8().await.map_err(|error| error.kind()),
        Err(std::io::ErrorKind::UnexpectedEof)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unused_connection_is_closed() {
    let (connection, mut server) = pair(1 << 16);
    let (answer, ()) = tokio::join!(call(&connection, 1, "x"), async {
        let (opaque, who) = server.take().await;
        server.answer(opaque, &who).await;
    });
    assert!(answer.is_ok());
    let unused = Instant::now();
    assert!(server.0.read_u8().await.is_err());
    assert!(unused.elapsed() >= IDLE && !connection.is_open());
}
