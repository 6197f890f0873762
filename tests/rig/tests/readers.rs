//! The readers answer for what they are asked.

use tidewire_rig::readers::LogRange;
use tidewire_rig::{Mysql56, Readers, Workspace, sql};

#[tokio::test]
async fn look() -> anyhow::Result<()> {
    let workspace = Workspace::new()?;
    let begun = std::time::Instant::now();
    let readers = Readers::start(&workspace, "Asia/Shanghai").await?;
    println!("readers {:?}", begun.elapsed());
    let server = Mysql56::start(&workspace).await?;
    let mut session = sql::connect(server.port(), "root", "").await?;
    let status = sql::rows(&mut session, "SHOW MASTER STATUS").await?;
    let ddl = std::fs::read_to_string("/tmp/rdr/t.sql")?;
    let statements: Vec<&str> = ddl.split(";\n").filter(|s| !s.trim().is_empty()).collect();
    sql::run(&mut session, &statements).await?;
    let end = sql::rows(&mut session, "SHOW MASTER STATUS").await?;
    let at = |rows: &[sql::Row]| (rows[0][0].clone().unwrap(), rows[0][1].clone().unwrap().parse::<u64>().unwrap());
    let (from, to) = (at(&status), at(&end));
    let begun = std::time::Instant::now();
    let lines = readers.canal(&LogRange { host: "127.0.0.1", port: server.port(), user: "root", password: "",
        from: (&from.0, from.1), to: (&to.0, to.1), tables: "t\\..*" }).await?;
    println!("canal {:?}", begun.elapsed());
    for line in lines { println!("{line}"); }
    Ok(())
}
