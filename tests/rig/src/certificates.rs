//! Certificates for the servers of a run: an authority, what it has signed, and an authority that has
//! signed nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

use crate::cache;
use crate::workspace::Workspace;

/// What a server's certificate is like.
#[derive(Clone, Copy, Debug)]
pub enum Made {
    /// For 127.0.0.1 and valid.
    Well,
    /// For another name.
    ForAnotherName,
    /// No longer valid.
    LongAgo,
    /// Signed by nobody but itself.
    BySelf,
}

/// A certificate and its key, both PEM; the key in PKCS#8, which Java reads too.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The authorities of a run.
#[derive(Debug)]
pub struct Certificates {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    _workspace: Workspace,
}

impl Certificates {
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.new_folder("certificates")?;
        let issuer = authority("Rig authority", &folder.join("authority.pem"))?;
        authority("Stranger", &folder.join("stranger.pem"))?;
        Ok(Self { folder, issuer, _workspace: workspace.clone() })
    }

    /// The authority that has signed all servers' certificates.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// An authority that has signed none of them.
    pub fn stranger(&self) -> PathBuf {
        self.folder.join("stranger.pem")
    }

    pub fn server(&self, made: Made) -> Result<Certificate> {
        let name = if matches!(made, Made::ForAnotherName) { "db.example" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        if matches!(made, Made::LongAgo) {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate()?;
        let certificate = self.folder.join(format!("{made:?}.pem"));
        let signed = match made {
            Made::BySelf => params.self_signed(&key)?,
            _ => params.signed_by(&key, &self.issuer)?,
        };
        fs::write(&certificate, signed.pem())?;
        let key_file = self.folder.join(format!("{made:?}.key"));
        fs::write(&key_file, key.serialize_pem())?;
        Ok(Certificate { certificate, key: key_file })
    }
}

/// A certificate of the kind that servers of 2013 can use, and its key.
pub fn of_2013(folder: &Path) -> Result<Certificate> {
    let made = Certificate { certificate: folder.join("old.pem"), key: folder.join("old.key") };
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-sha1"]);
    openssl.arg("-out").arg(&made.certificate).arg("-keyout").arg(folder.join("new.key"));
    cache::run(&mut openssl, "making a certificate")?;
    let mut openssl = Command::new("openssl");
    openssl.args(["rsa", "-traditional", "-in"]).arg(folder.join("new.key")).arg("-out").arg(&made.key);
    cache::run(&mut openssl, "rewriting its key")?;
    Ok(made)
}

fn authority(name: &str, file: &Path) -> Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    fs::write(file, params.self_signed(&key)?.pem())?;
    Ok(Issuer::new(params, key))
}
