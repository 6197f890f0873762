//! What messages of a table would look like, without sending any.

use serde::{Deserialize, Serialize};
use tidewire_engine::doors::Clock as _;
use tidewire_engine::project::{Format, ProjectOptions};
use tidewire_engine::sample;
use tidewire_words::Sentence;

use crate::clock::SystemClock;
use crate::text::field;

use super::error::{FieldErrors, Result};
use super::{Actor, Service, rules};

/// What shapes the messages: names are those of the project file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SampleInput {
    /// Sentence format.
    pub format: String,
    /// Canal: bare numbers.
    pub typed_values: bool,
    /// SharePlex: numbered rows.
    pub sequence_in_transaction: bool,
    /// Dataworks: business system.
    pub business_id: String,
}

/// One message.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// insert, update or delete.
    pub kind: &'static str,
    /// The body as a consumer would get it.
    pub body: String,
}

impl Service {
    /// The messages of an insert, an update and a delete of a made-up row.
    ///
    /// # Errors
    /// Unknown data source, table or format, or the source's refusal.
    pub async fn sample(
        &self,
        actor: &Actor,
        datasource: &str,
        database: &str,
        table: &str,
        input: &SampleInput,
    ) -> Result<Vec<Sample>> {
        let mut errors = FieldErrors::default();
        let format = Format::parse(&input.format);
        if format.is_none() {
            let known = Format::ALL.map(Format::as_str).join(", ");
            errors.add("format", Sentence::new(field::FORMAT, &[&input.format, &known]));
        }
        errors.check("table", rules::table_name(&format!("{database}.{table}")));
        errors.check("business_id", rules::business_id(&input.business_id));
        errors.done(())?;
        let options = ProjectOptions {
            format: format.unwrap_or_default(),
            typed_values: input.typed_values,
            sequence_in_transaction: input.sequence_in_transaction,
            business_id: input.business_id.clone(),
            ..ProjectOptions::default()
        };
        let source = self.source_endpoint(actor, datasource).await?;
        let schema = self.schema_of(source.clone(), &format!("{database}.{table}")).await?;
        let messages = sample::messages(&source.origin(), &options, &[], &schema, SystemClock.now_millis())?;
        Ok(messages.into_iter().map(|(kind, body)| Sample { kind: kind.as_str(), body }).collect())
    }
}
