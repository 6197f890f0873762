//! Access control of brokers: who may do what, in the form of each version.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::install::RocketMqVersion;

/// An access key with what it may do.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    pub access: &'a str,
    pub secret: &'a str,
    /// Resources as ACL 2.0 writes them, such as `Topic:orders`, with actions such as `Pub,Get`.
    /// Version 4 has no `Get`, so that there it means nothing.
    pub rights: &'a [(&'a str, &'a str)],
}

impl Account<'_> {
    /// What makes it in a broker of version 5.
    pub(super) fn request(&self) -> Value {
        let rights = self.rights.iter().map(|(resource, actions)| {
            json!({"resource": resource, "actions": actions.split(',').collect::<Vec<_>>()})
        });
        json!({
            "op": "create_account", "access": self.access, "secret": self.secret,
            "rights": rights.collect::<Vec<_>>(),
        })
    }

    fn lines(&self) -> Result<String> {
        let mut text =
            format!("- accessKey: {}\n  secretKey: {}\n  admin: false\n", self.access, self.secret);
        text.push_str("  defaultTopicPerm: DENY\n  defaultGroupPerm: DENY\n");
        for (kind, list) in [("Topic:", "topicPerms"), ("Group:", "groupPerms")] {
            let mut rights = Vec::new();
            for (resource, actions) in self.rights {
                let words: Vec<_> = actions.split(',').filter(|action| *action != "Get").collect();
                if let Some(name) = resource.strip_prefix(kind).filter(|_| !words.is_empty()) {
                    rights.push(format!("{name}={}", words.join("|").to_uppercase()));
                }
            }
            if !rights.is_empty() {
                writeln!(text, "  {list}:\n  - {}", rights.join("\n  - "))?;
            }
        }
        Ok(text)
    }
}

/// Broker settings that turn access control on.
pub(super) fn settings(version: RocketMqVersion, (access, secret): (&str, &str)) -> String {
    match version {
        RocketMqVersion::V4_7_1 => "aclEnable=true".to_owned(),
        RocketMqVersion::V5_5_0 => {
            let package = "org.apache.rocketmq.auth";
            format!(
                "authenticationEnabled=true\n\
                 authenticationProvider={package}.authentication.provider.DefaultAuthenticationProvider\n\
                 authenticationMetadataProvider={package}.authentication.provider.LocalAuthenticationMetadataProvider\n\
                 initAuthenticationUser={{\"username\":\"{access}\",\"password\":\"{secret}\"}}\n\
                 innerClientAuthenticationCredentials={{\"accessKey\":\"{access}\",\"secretKey\":\"{secret}\"}}\n\
                 authorizationEnabled=true\n\
                 authorizationProvider={package}.authorization.provider.DefaultAuthorizationProvider\n\
                 authorizationMetadataProvider={package}.authorization.provider.LocalAuthorizationMetadataProvider"
            )
        }
    }
}

/// The accounts file of version 4; version 5 does not look at it.
pub(super) fn write(folder: &Path, (access, secret): (&str, &str), accounts: &[Account<'_>]) -> Result<()> {
    let mut text = format!("accounts:\n- accessKey: {access}\n  secretKey: {secret}\n  admin: true\n");
    for account in accounts {
        text.push_str(&account.lines()?);
    }
    Ok(fs::write(folder.join("conf/plain_acl.yml"), text)?)
}
