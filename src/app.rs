//! The composition root: opens the data directory, connects the parts, orders
//! start-up and shutdown. Nobody imports it but `main` and tests.

mod notify;
mod reload;

use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal as _, Read as _, Seek as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::{Context as _, anyhow, bail};
use rustix::process::{Resource, getrlimit};
use sd_notify::NotifyState;
use tidewire_rocketmq::host::Host;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{ConfigError, Settings};
use crate::custody;
use crate::secret::{random_text, write_private};
use crate::service::Service;
use crate::supervisor::engine::{Engine, PipelineEngine};
use crate::supervisor::{Parts, Running, Supervisor};
use crate::web;

use self::reload::Followers;

/// How long open connections may take at the end.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

/// Connections that are served at a time, where there are descriptors enough.
const CONNECTIONS: usize = 4096;

/// A running service.
pub struct App {
    /// Address of console and API.
    pub url: String,
    /// Token of the API.
    pub token: String,
    /// One-time password of `admin`, at the first start only.
    pub first_password: Option<String>,
    server: ServerHandle,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    supervisor: Running,
    commands: Supervisor,
    followers: Followers,
    folder: DataFolder,
}

impl App {
    /// Starts everything on a data directory.
    ///
    /// # Errors
    /// A data directory in use or not usable, an address in use.
    pub async fn start(settings: &Settings, data: &Path, engine: Arc<dyn Engine>) -> anyhow::Result<Self> {
        let folder = DataFolder::open(data)?;
        let (store, keyring) = custody::open(data).await?;
        let keyring = Arc::new(keyring);
        let token = api_token(&data.join("api-token"))?;
        let listener = TcpListener::bind(settings.listen).with_context(|| {
            format!("can't listen on {}: choose another address with --listen", settings.listen)
        })?;
        let url = url_of(listener.local_addr()?);
        let followers = Followers::new(settings);
        let parts = Parts {
            store: store.clone(),
            keyring: Arc::clone(&keyring),
            engine: Arc::clone(&engine),
            limits: followers.limits(),
        };
        let (handle, supervisor) = Supervisor::start(parts);
        let commands = handle.clone();
        let service = Service::new(store, keyring, handle, engine);
        let first_password = service.ensure_admin().await?;
        let process = web::Process { data: data.to_path_buf(), options: followers.shown() };
        let url_for_browsers = settings.public_url.clone();
        let state = web::State::new(service, &token, settings.metrics_public, url_for_browsers, process);
        let server = web::serve(listener, state, connections())?;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        fs::write(data.join("api-address"), &url)?;
        Ok(Self {
            url,
            token,
            first_password,
            server: handle,
            serving,
            supervisor,
            commands,
            followers,
            folder,
        })
    }

    /// Waits until a task that shall run for ever ends: a fault of the program, after
    /// which commands or pages would go unanswered. Safe to cancel.
    pub async fn broken(&mut self) -> String {
        tokio::select! {
            reason = self.supervisor.ended() => format!("the supervisor is gone: {reason}"),
            ended = &mut self.serving => match ended {
                Ok(Ok(())) => "the server ended".to_owned(),
                Ok(Err(error)) => format!("the server ended: {error}"),
                Err(error) => format!("the server is gone: {error}"),
            },
        }
    }

    /// Stops: no new requests, projects with their checkpoints, then the lock.
    pub async fn stop(self) {
        let close = async {
            if tokio::time::timeout(CLOSE_LIMIT, self.server.stop(true)).await.is_err() {
                self.server.stop(false).await;
            }
        };
        // At the same time: slow browsers must not eat the projects' seconds.
        tokio::join!(close, self.supervisor.stop());
        if !self.serving.is_finished()
            && let Ok(Err(error)) = self.serving.await
        {
            log::error!("the server ended with an error: {error}");
        }
        self.folder.close();
    }
}

/// Runs the service until SIGTERM or Ctrl-C; at SIGHUP it reads its settings
/// again by `read`.
///
/// # Errors
/// Whatever keeps it from starting.
pub async fn serve(
    settings: Settings,
    data: PathBuf,
    read: impl Fn() -> Result<Settings, ConfigError>,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    // Asked for before anything else: until then it would end the process.
    let mut hang_up = signal(SignalKind::hangup())?;
    let host = Arc::new(Host::default());
    let engine = Arc::new(PipelineEngine::new(Arc::clone(&host)));
    let mut app = match App::start(&settings, &data, engine).await {
        Ok(app) => app,
        Err(error) => {
            host.shutdown().await;
            return Err(error);
        }
    };
    announce(&app, settings.public_url.as_deref())?;
    notify::tell(&[NotifyState::Ready]);
    let telling = notify::keep_telling(app.commands.clone(), &app.url);
    log::info!(url = app.url.as_str(); "tidewire {} serves {}", env!("CARGO_PKG_VERSION"), app.url);
    let broken = loop {
        tokio::select! {
            _ = terminate.recv() => break None,
            result = tokio::signal::ctrl_c() => {
                result?;
                break None;
            }
            reason = app.broken() => break Some(reason),
            _ = hang_up.recv() => {
                notify::reloading();
                match read() {
                    Ok(fresh) => {
                        // Before the line is written, for it is the new filter that judges it.
                        let said = app.followers.follow(&fresh);
                        log::info!("{said}");
                    }
                    Err(error) => log::error!("the settings have mistakes, nothing was changed: {error}"),
                }
                notify::tell(&[NotifyState::Ready]);
            }
        }
    };
    if let Some(reason) = &broken {
        log::error!("{reason}; the process ends so that it can be started again");
    }
    log::info!("stopping");
    notify::tell(&[NotifyState::Stopping]);
    if let Some(telling) = telling {
        telling.abort();
    }
    app.stop().await;
    host.shutdown().await;
    log::info!("stopped");
    match broken {
        Some(reason) => Err(anyhow!(reason)),
        None => Ok(()),
    }
}

/// Deletes the secrets that the data directory's key does not open; gives whose
/// they were.
///
/// # Errors
/// A data directory in use or not usable.
pub async fn forget_secrets(data: &Path) -> anyhow::Result<Vec<String>> {
    let folder = DataFolder::open(data)?;
    let names = custody::forget(data).await?;
    folder.close();
    Ok(names)
}

/// Tells the person at the first start where to go and how to get in.
fn announce(app: &App, public_url: Option<&str>) -> std::io::Result<()> {
    let url = public_url.unwrap_or(&app.url);
    let mut out = std::io::stdout().lock();
    let Some(password) = &app.first_password else { return Ok(()) };
    // Under a service manager what is written here is kept in its journal.
    let watched = std::env::var_os("NOTIFY_SOCKET").is_some() && !out.is_terminal();
    let how = if watched {
        "password / 密码：run / 请执行 `tidewire user passwd admin`"
    } else {
        &format!("password / 一次性密码：{password}")
    };
    writeln!(out, "console  / 控制台：{url}\naccount  / 账号：admin\n{how}")?;
    out.flush()
}

/// Connections to console and API at a time: half of the descriptors that the process may
/// have, so that there are always some for the database, the log and the projects.
fn connections() -> usize {
    let most = getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok());
    most.map_or(CONNECTIONS, |most| (most / 2).min(CONNECTIONS))
}

/// The address that this host reaches the service at.
fn url_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Reads the token, or makes it.
fn api_token(path: &Path) -> anyhow::Result<String> {
    if !path.exists() {
        write_private(path, format!("tw_{}\n", random_text(40)?).as_bytes())?;
    }
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        bail!("{0} must belong to its owner alone: run `chmod 600 {0}`", path.display());
    }
    let token = fs::read_to_string(path)?.trim().to_owned();
    if token.is_empty() {
        bail!("{0} is empty: delete it, a new one is made", path.display());
    }
    Ok(token)
}

/// The locked data directory. The lock goes with the process.
struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.with_context(|| {
            format!("can't make the data directory {}: choose another with --data", path.display())
        })?;
        let name = path.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&name)
            .with_context(|| {
                format!("can't write to the data directory {}: check its owner", path.display())
            })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid)?;
                return Err(anyhow!(
                    "{} is in use by a running service (pid {}): stop it, or choose another with --data",
                    path.display(),
                    pid.trim()
                ));
            }
            Err(fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { path: path.to_path_buf(), lock })
    }

    fn close(self) {
        let address = self.path.join("api-address");
        if let Err(error) = fs::remove_file(&address) {
            log::debug!("{} can't be removed: {error}", address.display());
        }
        if let Err(error) = self.lock.unlock() {
            log::debug!("the lock can't be given back: {error}");
        }
    }
}
