//! The weights of `general_ci` that the filter carries are those of the servers, for each character.

use anyhow::{Context, Result, ensure};
use tidewire_rig::sql;

use crate::servers::story;
use crate::source::Source;

/// 256 page numbers (0: each character weighs itself), then the pages: 256 weights, little endian.
const CARRIED: &[u8] = include_bytes!("../../../src/engine/src/filter/general_ci.bin");

/// The same file, made from what the server says.
async fn of_server(source: Source) -> Result<Vec<u8>> {
    let mut session = source.connect().await?;
    let (mut head, mut pages) = (vec![0; 256], Vec::new());
    let mut count = 0;
    for high in (0..256_u32).filter(|high| !(0xd8..=0xdf).contains(high)) {
        let codes = high << 8..(high + 1) << 8;
        let weights: Vec<String> = codes
            .clone()
            .filter_map(char::from_u32)
            .map(|c| {
                let hex: Vec<String> = c.to_string().bytes().map(|byte| format!("{byte:02X}")).collect();
                let hex = hex.concat();
                format!("HEX(WEIGHT_STRING(_utf8mb4 X'{hex}' COLLATE utf8mb4_general_ci))")
            })
            .collect();
        let row = sql::rows(&mut session, &format!("SELECT {}", weights.join(", "))).await?.remove(0);
        let weights = row
            .iter()
            .map(|weight| Ok(u16::from_str_radix(weight.as_deref().context("no weight")?, 16)?))
            .collect::<Result<Vec<u16>>>()?;
        if weights.iter().zip(codes).any(|(weight, code)| u32::from(*weight) != code) {
            count += 1;
            head[high as usize] = count;
            pages.extend(weights.iter().flat_map(|weight| weight.to_le_bytes()));
        }
    }
    session.disconnect().await?;
    head.extend(pages);
    Ok(head)
}

#[test]
fn filters_carry_the_servers_weights() {
    story(async {
        for source in [Source::mariadb().await?, Source::mysql().await?, Source::oceanbase().await?] {
            ensure!(of_server(source).await? == CARRIED, "{} weighs characters differently", source.name());
        }
        Ok(())
    });
}
