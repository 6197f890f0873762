//! Servers that harm whoever reads their answers.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::product::Product;
use crate::servers::story;

/// A server that does this with every connection, for as long as the program runs; gives its address.
pub(crate) async fn rogue<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Result<String>
where
    F: Future<Output = Result<()>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Who is refused may be gone before it is.
            drop(serve(stream).await);
        }
    });
    Ok(address)
}

/// The greeting of a MySQL server of protocol 10 with these capabilities.
pub(crate) fn greeting(capabilities: u32) -> Vec<u8> {
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut greeting = b"\x0a5.7.44\0\x01\0\0\0saltsalt\0".to_vec();
    greeting.extend([a, b, 0x21, 2, 0, c, d, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"saltsaltsalt\0mysql_native_password\0");
    packet(0, &greeting)
}

fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(0).to_le_bytes();
    [&[length[0], length[1], length[2], number], body].concat()
}

async fn read_packet(stream: &mut TcpStream) -> Result<()> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
    stream.read_exact(&mut vec![0; usize::try_from(length)?]).await?;
    Ok(())
}

/// Lets everybody in and answers the first statement with so many columns.
async fn columns(mut stream: TcpStream, count: u64) -> Result<()> {
    // CLIENT_LONG_PASSWORD, CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH.
    stream.write_all(&greeting(0x0008_8201)).await?;
    read_packet(&mut stream).await?;
    stream.write_all(&packet(2, &[0, 0, 0, 2, 0, 0, 0])).await?;
    read_packet(&mut stream).await?;
    let answer = [&[0xfe], count.to_le_bytes().as_slice()].concat();
    stream.write_all(&packet(1, &answer)).await?;
    // Keeps the connection until the other side gives up.
    let _ended = stream.read(&mut [0]).await?;
    Ok(())
}

#[test]
fn an_answer_that_can_not_be_held_fails_its_question_only() {
    story(async {
        // GIVEN a "MySQL server" whose first answer has 2^30 columns
        let address = rogue(|stream| columns(stream, 1 << 30)).await?;
        let mut product = Product::start().await?;
        product
            .apply(&format!(
                "[[datasource]]\nname = \"rogue\"\nkind = \"mysql\"\naddress = \"{address}\"\nuser = \"root\"\npassword = \"\"\n"
            ))
            .await?;

        // WHEN its connection is tested
        let begun = Instant::now();
        let said = product.cli(&["datasource", "test", "rogue"]).await?;
        println!("{} ({:?})", said.err, begun.elapsed());

        // THEN the test fails, by what it was
        ensure!(said.status.code() == Some(1), "{said:?}\n{}", product.log());
        ensure!(said.err.contains("more than 1024 MiB of memory"), "{said:?}\n{}", product.log());
        ensure!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
        // AND the service lives, and asks others as before
        let (status, _) = product.terminate().await?;
        ensure!(status.success(), "the service ended with {status}\n{}", product.log());
        Ok(())
    });
}

#[test]
fn a_question_costs_little() {
    story(async {
        let source = crate::source::Source::mariadb().await?;
        let product = Product::start().await?;
        product.apply(&source.datasource()).await?;
        let token = std::fs::read_to_string(product.data().join("api-token"))?;
        let http = reqwest::Client::new();
        let mut times = Vec::new();
        for _ in 0..20 {
            let begun = Instant::now();
            let url = format!("{}/api/v1/datasources/source/databases", product.url());
            http.get(url).bearer_auth(token.trim()).send().await?.error_for_status()?;
            times.push(begun.elapsed());
        }
        times.sort();
        println!("the catalogue answers in {:?} (median), {:?} at most", times[10], times[19]);
        ensure!(times[10] < Duration::from_millis(300), "{times:?}");
        Ok(())
    });
}
