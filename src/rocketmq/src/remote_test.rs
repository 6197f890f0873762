//! Name servers and brokers against addresses that lead nowhere or elsewhere.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tidewire_engine::doors::Sink as _;
use tidewire_engine::endpoint::Tls;
use tidewire_engine::project::ProjectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::*;
use crate::code::GET_MAX_OFFSET;
use crate::host::Host;
use crate::road;
use crate::sink::RocketMq;

/// Answers every request with success and this body; counts connections that are open.
async fn server(body: &'static str, open: Arc<AtomicUsize>) -> String {
    answering(move |_| (0, body), open).await
}

/// Answers each request, known by its code, with a code and a body.
async fn answering(
    with: impl Fn(i64) -> (i32, &'static str) + Copy + Send + Sync + 'static,
    open: Arc<AtomicUsize>,
) -> String {
    serve(move |mut stream| {
        let open = Arc::clone(&open);
        async move {
            open.fetch_add(1, Ordering::SeqCst);
            while let Ok(length) = stream.read_u32().await {
                let mut bytes = vec![0; length as usize];
                stream.read_exact(&mut bytes).await.expect("frame");
                let header = u32::from_be_bytes(*bytes.first_chunk().expect("header")) as usize;
                let json: serde_json::Value = serde_json::from_slice(&bytes[4..4 + header]).expect("JSON");
                let (code, body) = with(json["code"].as_i64().expect("code"));
                let answer = format!(r#"{{"code":{code},"flag":1,"opaque":{}}}"#, json["opaque"]);
                let header = u32::try_from(answer.len()).expect("short");
                let all = header + 4 + u32::try_from(body.len()).expect("short");
                let bytes = [&all.to_be_bytes(), &header.to_be_bytes(), answer.as_bytes(), body.as_bytes()];
                stream.write_all(&bytes.concat()).await.expect("written");
            }
            open.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await
}

/// Listens, and does this with each connection.
async fn serve<F: Future<Output = ()> + Send + 'static>(
    work: impl Fn(TcpStream) -> F + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(work(stream));
        }
    });
    address
}

/// Takes connections and never says anything.
async fn silent() -> String {
    serve(|mut stream| async move {
        // Until the other side has enough.
        while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    })
    .await
}

fn target(name_servers: &str) -> MqEndpoint {
    MqEndpoint {
        name_servers: name_servers.to_owned(),
        credentials: None,
        namespace: None,
        tls: Tls::Off,
        tls_ca: None,
    }
}

fn remote(name_servers: &str) -> Remote {
    Remote::new(&target(name_servers))
}

const CLUSTER: &str = r#"{"brokerAddrTable":{"b":{"brokerName":"b","brokerAddrs":{0:"h:1"}}}}"#;

#[tokio::test]
async fn a_silent_broker_holds_up_nobody_else() {
    let (frozen, open) = (silent().await, Arc::new(AtomicUsize::new(0)));
    let healthy = server("", Arc::clone(&open)).await;
    let remote = remote("");
    let stuck = join_all((0..50).map(|caller| remote.call(caller, &frozen, Request::new(GET_MAX_OFFSET))));
    let quick = async {
        for _ in 0..20 {
            let asked = Instant::now();
            let answer = remote.call(1, &healthy, Request::new(GET_MAX_OFFSET)).await;
            assert!(answer.is_ok() && asked.elapsed() < Duration::from_secs(1));
        }
        Instant::now()
    };
    let began = Instant::now();
    let (stuck, done) = tokio::join!(stuck, quick);
    assert!(stuck.iter().all(|end| end.as_ref().is_err_and(|error| error.detail.en.contains("in time"))));
    assert!(done - began < Duration::from_secs(2));
    // All of them over one connection, and none is left behind.
    assert_eq!(open.load(Ordering::SeqCst), 1);
    remote.close().await;
    let gone = async {
        while open.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), gone).await.expect("closed");
}

#[tokio::test]
async fn the_name_server_that_answered_last_is_asked_first() {
    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        listener.local_addr().expect("address").to_string()
    };
    let (silent, good) = (silent().await, server(CLUSTER, Arc::default()).await);
    let remote = remote(&format!("{dead};{silent};{good}"));
    for longest in [Duration::from_secs(5), Duration::from_secs(1)] {
        let asked = Instant::now();
        assert_eq!(remote.brokers().await.expect("listed"), [("b".to_owned(), "h:1".to_owned())]);
        assert!(asked.elapsed() < longest, "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn what_is_no_name_server_is_named() {
    let talking = |text: &'static [u8]| {
        serve(move |mut stream| async move {
            drop(stream.read(&mut [0; 1024]).await);
            drop(stream.write_all(text).await);
            drop(stream.read(&mut [0; 1024]).await);
        })
    };
    let (web, tls) =
        (talking(b"HTTP/1.1 400 Bad Request\r\n").await, talking(b"\x15\x03\x03\0\x02\x02\x28").await);
    for (address, words) in [
        (web, "does not speak RocketMQ"),
        (tls, "encrypted connections only"),
        ("127.0.0.1:1".to_owned(), "nothing listens"),
        ("no address".to_owned(), "no address"),
    ] {
        let error = remote(&address).brokers().await.expect_err("refused");
        assert!(error.detail.en.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_broker_that_is_back_is_reached_again_and_a_call_given_up_leaves_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address").to_string();
    let remote = remote("");
    let ask = || remote.call(1, &address, Request::new(GET_MAX_OFFSET));
    let (ended, accepted) = tokio::join!(ask(), async { drop(listener.accept().await) });
    assert!(ended.is_err_and(|error| error.detail.en.contains("closed the connection")));
    let () = accepted;
    // The next call connects anew; dropped in the middle it leaves the connection as it was.
    let given_up = timeout(Duration::from_millis(50), ask()).await;
    assert!(given_up.is_err());
    let (mut stream, _) = listener.accept().await.expect("accepted");
    let length = stream.read_u32().await.expect("length");
    stream.read_exact(&mut vec![0; length as usize]).await.expect("frame");
    assert!(remote.broker(&address).open().is_some());
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_named_with_its_broker() {
    const CLUSTER: &str = r#"{"brokerAddrTable":{"b":{"brokerName":"b","brokerAddrs":{0:"127.0.0.1:1"}}}}"#;
    const ROUTE: &str = r#"{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:1"},"brokerName":"b"}],"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":1,"writeQueueNums":1}]}"#;
    let name_server = server(ROUTE, Arc::default()).await;
    let precheck = road::check(&Host::default(), &target(&name_server), "t", "g").await.expect_err("away");
    let name_server = server(CLUSTER, Arc::default()).await;
    let test = road::brokers(&Host::default(), &target(&name_server)).await.expect_err("away");
    for error in [precheck, test] {
        assert_eq!(error.kind, ErrorKind::SinkUnreachable);
        let words = &error.detail.en;
        let said = ["broker b", "brokerIP1", "127.0.0.1:1"].iter().all(|word| words.contains(word));
        assert!(said, "{words}");
    }
}

#[tokio::test]
async fn a_topic_is_not_missing_while_no_broker_is_registered() {
    for (cluster, kind) in [("{}", ErrorKind::SinkRefuses), (CLUSTER, ErrorKind::TopicMissing)] {
        let with = move |code: i64| if code == i64::from(GET_ROUTE) { (17, "") } else { (0, cluster) };
        let name_server = answering(with, Arc::default()).await;
        let sink = RocketMq::new(&Host::default(), &target(&name_server), &ProjectOptions::default());
        sink.open().await.expect("open");
        assert_eq!(sink.queues("t").await.expect_err("not there").kind, kind);
    }
}
