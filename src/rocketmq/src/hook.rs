//! The one hook that a client takes: signs requests, and mends what a 4.x name
//! server sends so that the client can read it.
//!
//! A 4.x route lacks `enableActingMaster` and spells `topicSysFlag` as
//! `topicSynFlag`. Its maps have bare numbers as keys, so the body is changed as
//! text.

use std::net::SocketAddr;

use rocketmq_client_rust::{AclClientRPCHook, SessionCredentials};
use rocketmq_protocol::protocol::remoting_command::RemotingCommand;
use rocketmq_transport::api::RPCHook;
use secrecy::{ExposeSecret, SecretString};

use crate::code::{GET_CLUSTER, GET_ROUTE};

type HookResult = Result<(), rocketmq_error::SharedError>;

/// Signs and mends.
pub struct Hook {
    signer: Option<AclClientRPCHook>,
}

impl Hook {
    /// With keys, or without where the cluster asks for none.
    pub fn new(credentials: Option<&(String, SecretString)>) -> Self {
        let signer = credentials.map(|(access, secret)| {
            AclClientRPCHook::new(SessionCredentials::with_keys(access.as_str(), secret.expose_secret()))
        });
        Self { signer }
    }
}

impl RPCHook for Hook {
    fn do_before_request(&self, remote: SocketAddr, request: &mut RemotingCommand) -> HookResult {
        match &self.signer {
            Some(signer) => signer.do_before_request(remote, request),
            None => Ok(()),
        }
    }

    fn do_after_response(
        &self,
        _remote: SocketAddr,
        request: &RemotingCommand,
        response: &mut RemotingCommand,
    ) -> HookResult {
        if matches!(request.code(), GET_ROUTE | GET_CLUSTER)
            && let Some(mended) = response.body().and_then(|body| mend(body))
        {
            response.set_body_mut_ref(mended);
        }
        Ok(())
    }
}

/// The body with what a 4.x server leaves out; `None` when nothing is missing.
fn mend(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    if text.contains("enableActingMaster") {
        return None;
    }
    let mended = text
        .replace("\"brokerAddrs\"", "\"enableActingMaster\":false,\"brokerAddrs\"")
        .replace("\"topicSynFlag\"", "\"topicSysFlag\"");
    Some(mended.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_4_x_become_readable_and_newer_ones_stay() {
        let old = r#"{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911"},"brokerName":"a","cluster":"c"}],"queueDatas":[{"topicSynFlag":0}]}"#;
        let mended = mend(old.as_bytes()).expect("changed");
        let text = String::from_utf8(mended.clone()).expect("text");
        assert!(text.contains(r#"{"enableActingMaster":false,"brokerAddrs":{0:"127.0.0.1:10911"}"#));
        assert!(text.contains("topicSysFlag") && !text.contains("topicSynFlag"));
        assert_eq!(mend(&mended), None);
    }
}
