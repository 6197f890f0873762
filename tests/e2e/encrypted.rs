//! Encrypted connections to a source and to RocketMQ, and what is said where one can't be had.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use tidewire_rig::certificates::{Certificates, Made, of_2013};
use tidewire_rig::{Account, MariaDb, Mysql56, RocketMq, RocketMqVersion, SeekDb};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::product::{Ledger, Product, ProjectFile};
use crate::rogue::{greeting, rogue};
use crate::servers::{mariadb, story, workspace};
use crate::source::Source;

/// The protection of a data source, as lines of a project file.
fn protection(tls: &str, authority: Option<&Path>) -> String {
    let authority = authority.map(|file| format!("tls_ca = \"{}\"\n", file.display()));
    format!("tls = \"{tls}\"\n{}", authority.unwrap_or_default())
}

/// A MariaDB with this certificate, for as long as the program runs.
async fn encrypted_mariadb(certificates: &Certificates, made: Made) -> Result<&'static MariaDb> {
    let made = certificates.server(made)?;
    let arguments =
        [format!("--ssl-cert={}", made.certificate.display()), format!("--ssl-key={}", made.key.display())];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Ok(Box::leak(Box::new(MariaDb::start_with(workspace(), &arguments).await?)))
}

/// What the connection test of a data source says.
async fn tested(product: &Product, kind: &str, address: &str, protection: &str) -> Result<String> {
    let user = match kind {
        "rocketmq" => "",
        "oceanbase-ce" => "tenant = \"sys\"\nuser = \"root\"\npassword = \"\"\n",
        _ => "user = \"root\"\npassword = \"\"\n",
    };
    product
        .apply(&format!(
            "[[datasource]]\nname = \"a-{kind}\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{user}{protection}"
        ))
        .await?;
    let said = product.cli(&["datasource", "test", &format!("a-{kind}")]).await?;
    println!("{kind}: {}{}", said.out, said.err);
    Ok(if said.status.success() { "fine".to_owned() } else { said.err })
}

#[test]
fn rows_travel_encrypted() {
    story(async {
        // GIVEN a MariaDB account and a RocketMQ that take encrypted connections only
        let certificates = Certificates::new(workspace())?;
        let server = encrypted_mariadb(&certificates, Made::Well).await?;
        server.sql("CREATE USER secretive@'127.0.0.1' REQUIRE SSL").await?;
        server.sql("GRANT ALL ON *.* TO secretive@'127.0.0.1'").await?;
        let source = Source::MariaDb(server);
        let authority = certificates.authority();
        let made = certificates.server(Made::Well)?;
        // AND the RocketMQ asks for an access key, too
        let topics = ["required", "verify"].map(|name| format!("Topic:{name}_{}", source.name()));
        let mut rights: Vec<(&str, &str)> =
            topics.iter().map(|topic| (topic.as_str(), "Pub,Sub,Get")).collect();
        rights.extend([("Group:OMS", "Sub"), ("Topic:RMQ_SYS_TRACE_TOPIC", "Pub")]);
        let account = Account { access: "tidewire", secret: "a-secret-of-the-rig", rights: &rights };
        let mq = RocketMq::start_with_keys_and_tls(
            workspace(),
            RocketMqVersion::V5_5_0,
            ("operator", "operator-secret"),
            &[account],
            (&made, &authority),
        )
        .await?;

        for (tls, authority) in [("required", None), ("verify", Some(authority.as_path()))] {
            // WHEN a project ties them
            let mut product = Product::start().await?;
            let ledger = Ledger::new(source, &mq, tls).await?;
            let lines = protection(tls, authority);
            let file = ProjectFile::new(source, &mq, tls, &ledger.table, &ledger.topic).text();
            let file = file
                .replace("user = \"root\"", "user = \"secretive\"")
                .replace("name = \"source\"\nkind", &format!("name = \"source\"\n{lines}kind"))
                .replace(
                    "name = \"target\"\nkind",
                    &format!(
                        "name = \"target\"\n{lines}access_key = \"{}\"\nsecret_key = \"{}\"\nkind",
                        account.access, account.secret
                    ),
                );
            product.apply(&file).await?;
            product.project("start", tls).await?;
            for id in 0..20 {
                ledger.insert(id).await?;
            }
            // THEN every row arrives, also after a kill
            product.kill().await?;
            product.serve().await?;
            ledger.insert(20).await?;
            ledger.prove(&product, &mq).await?;
        }
        Ok(())
    });
}

#[test]
fn what_keeps_a_connection_from_being_encrypted_is_named() {
    story(async {
        let certificates = Certificates::new(workspace())?;
        let (authority, stranger) = (certificates.authority(), certificates.stranger());
        let product = Product::start().await?;
        let verify = |authority: &Path| protection("verify", Some(authority));
        let mut faults = Vec::new();

        // GIVEN sources with good and bad certificates, one without any, and one of an old time
        for (made, authority, words) in [
            (Made::Well, &authority, "fine"),
            (Made::Well, &stranger, "none of the trusted authorities signed"),
            (Made::ForAnotherName, &authority, "made for other names (db.example)"),
            (Made::LongAgo, &authority, "has expired"),
        ] {
            let server = encrypted_mariadb(&certificates, made).await?;
            let address = format!("127.0.0.1:{}", server.port());
            faults.push((tested(&product, "mariadb", &address, &verify(authority)).await?, words));
            server.stop();
        }
        let plain = format!("127.0.0.1:{}", mariadb().await?.port());
        let required = protection("required", None);
        faults.push((tested(&product, "mariadb", &plain, &required).await?, "offers no encrypted"));
        let old = rogue(refuse_every_version).await?;
        faults.push((tested(&product, "mysql", &old, &required).await?, "no version of TLS in common"));
        let (missing, empty) =
            (workspace().folder().join("missing.pem"), workspace().folder().join("empty.pem"));
        std::fs::write(&empty, "no certificate")?;
        faults.push((
            tested(&product, "mariadb", &plain, &verify(&missing)).await?,
            "missing.pem can't be read",
        ));
        faults.push((
            tested(&product, "mariadb", &plain, &verify(&empty)).await?,
            "empty.pem holds no certificate",
        ));

        // AND a RocketMQ with a certificate, and what is none
        // Both read before they close: with something unread it would be a reset, which says less.
        let closing = rogue(|mut stream| async move {
            let _hello = stream.read(&mut [0; 8192]).await?;
            Ok(())
        })
        .await?;
        let talking = rogue(|mut stream| async move {
            let _hello = stream.read(&mut [0; 8192]).await?;
            Ok(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n").await?)
        })
        .await?;
        let made = certificates.server(Made::Well)?;
        let mq = RocketMq::start_with_tls(workspace(), RocketMqVersion::V5_5_0, &made, &authority).await?;
        for (address, lines, words) in [
            (mq.name_server(), verify(&authority), "fine"),
            (mq.name_server(), verify(&stranger), "none of the trusted authorities signed"),
            (mq.name_server(), verify(&missing), "missing.pem can't be read"),
            (closing, required.clone(), "does not speak TLS"),
            (talking, required, "does not speak TLS"),
        ] {
            faults.push((tested(&product, "rocketmq", &address, &lines).await?, words));
        }

        // THEN each is told as what it is
        for (said, words) in faults {
            ensure!(said.contains(words), "{said:?} does not say {words:?}");
        }
        Ok(())
    });
}

/// A MySQL that knows TLS only in a version that nobody speaks any more.
async fn refuse_every_version(mut stream: TcpStream) -> Result<()> {
    // With CLIENT_SSL.
    stream.write_all(&greeting(0x0008_8a01)).await?;
    // The request for TLS, then the client's hello.
    let mut request = vec![0; 36 + 5];
    stream.read_exact(&mut request).await?;
    let length = usize::from(u16::from_be_bytes([request[39], request[40]]));
    stream.read_exact(&mut vec![0; length]).await.context("no hello")?;
    // A fatal alert: protocol version.
    stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await?;
    Ok(())
}

#[test]
fn sources_of_every_kind_are_asked_encrypted_or_say_why_not() {
    story(async {
        let certificates = Certificates::new(workspace())?;
        let (authority, stranger) = (certificates.authority(), certificates.stranger());
        let product = Product::start().await?;
        let verify = |authority: &Path| protection("verify", Some(authority));
        let required = protection("required", None);
        let mut faults = Vec::new();

        // GIVEN an OceanBase engine that takes encrypted connections, a MySQL whose TLS is of 2013, and a
        // MariaDB whose certificate nobody signed
        let made = certificates.server(Made::Well)?;
        let seekdb = SeekDb::start_with_tls(workspace(), &made, &authority).await?;
        let address = format!("127.0.0.1:{}", seekdb.port());
        for (lines, words) in [
            (required.clone(), "fine"),
            (verify(&authority), "fine"),
            (verify(&stranger), "none of the trusted authorities signed"),
        ] {
            faults.push((tested(&product, "oceanbase-ce", &address, &lines).await?, words));
        }
        let old = of_2013(&workspace().new_folder("of2013")?)?;
        let files = [("ca", &old.certificate), ("cert", &old.certificate), ("key", &old.key)]
            .map(|(name, file)| format!("--ssl-{name}={}", file.display()));
        let arguments: Vec<&str> = files.iter().map(String::as_str).collect();
        let mysql = Mysql56::start_with(workspace(), &arguments).await?;
        let address = format!("127.0.0.1:{}", mysql.port());
        faults.push((tested(&product, "mysql", &address, &required).await?, "older than TLS 1.2"));
        let server = encrypted_mariadb(&certificates, Made::BySelf).await?;
        let address = format!("127.0.0.1:{}", server.port());
        for (lines, words) in
            [(required, "fine"), (verify(&authority), "none of the trusted authorities signed")]
        {
            faults.push((tested(&product, "mariadb", &address, &lines).await?, words));
        }
        server.stop();

        // THEN each is read, or told as what it is
        for (said, words) in faults {
            ensure!(said.contains(words), "{said:?} does not say {words:?}");
        }
        Ok(())
    });
}
