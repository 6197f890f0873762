//! Child processes that never outlive the program that started them.
//!
//! Every child runs under `setpriv --pdeathsig KILL`, so the kernel ends it even when we are killed.
//! That signal fires when the *thread* that made the child ends, so all children are made by one
//! thread that lives as long as the program.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

type Order = (Command, mpsc::Sender<io::Result<Child>>);

fn make_child(command: Command) -> io::Result<Child> {
    static MAKER: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let maker = MAKER.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in orders {
                // The asker waits for the answer; if it is gone there is nobody to tell.
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(sender)
    });
    let (answer, child) = mpsc::channel();
    let closed = || io::Error::other("the thread that starts processes has ended");
    lock(maker).send((command, answer)).map_err(|_| closed())?;
    child.recv().map_err(|_| closed())?
}

/// A lock whose poisoning does not matter: what it guards stays whole when a holder panics.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server; killed and reaped when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Mutex<Child>,
}

/// What to run, before it runs.
pub struct Launch {
    name: String,
    command: Command,
}

impl Launch {
    pub fn new(name: &str, program: impl AsRef<Path>) -> Self {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program.as_ref())
            .stdin(Stdio::null())
            // Ctrl-C goes to us alone; we stop the servers in order.
            .process_group(0);
        Self { name: name.to_owned(), command }
    }

    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts it with both outputs appended to `log`.
    pub fn start(mut self, log: &Path) -> Result<Process> {
        let output = File::options().create(true).append(true).open(log)?;
        self.command.stdout(output.try_clone()?).stderr(output);
        Ok(self.make(log)?.0)
    }

    /// Starts it with its standard input and output in our hands, errors appended to `log`.
    pub fn start_piped(mut self, log: &Path) -> Result<(Process, ChildStdin, ChildStdout)> {
        let errors = File::options().create(true).append(true).open(log)?;
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let (process, pipes) = self.make(log)?;
        let (input, output) = pipes.context("the child has no pipes")?;
        Ok((process, input, output))
    }

    fn make(self, log: &Path) -> Result<(Process, Option<(ChildStdin, ChildStdout)>)> {
        let mut child = make_child(self.command)
            .with_context(|| format!("cannot start {} (setpriv is in util-linux)", self.name))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let process = Process { name: self.name, log: log.to_owned(), child: Mutex::new(child) };
        Ok((process, pipes))
    }
}

impl Process {
    /// `None` while it runs.
    pub fn exit_status(&self) -> Result<Option<ExitStatus>> {
        Ok(lock(&self.child).try_wait()?)
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&self) {
        let mut child = lock(&self.child);
        // Both fail only when the child is gone already, which is what we want.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// SIGTERM, and SIGKILL if it is still there after `patience`.
    pub fn terminate(&self, patience: Duration) {
        if self.signal(Signal::TERM).is_ok() {
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline && matches!(self.exit_status(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.kill();
    }

    /// SIGSTOP: it keeps its connections and answers nothing.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT after [`Process::freeze`].
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let mut child = lock(&self.child);
        if let Some(status) = child.try_wait()? {
            bail!("{} has ended ({status})", self.name);
        }
        // Not reaped yet and the lock is held: the number can't belong to another process.
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("the child has no process number")?, signal)
            .with_context(|| format!("cannot signal {}", self.name))
    }

    /// Polls `ready` until it succeeds; fails with the last lines of the log when the process ends
    /// or the time is up.
    pub async fn wait_until<F, T>(&self, limit: Duration, mut ready: F) -> Result<T>
    where
        F: AsyncFnMut() -> Result<T>,
    {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.exit_status()? {
                bail!("{} ended ({status}):\n{}", self.name, self.last_lines());
            }
            match ready().await {
                Ok(value) => return Ok(value),
                Err(error) if Instant::now() > deadline => {
                    return Err(error.context(format!(
                        "{} is not ready after {limit:?}; its log ends:\n{}",
                        self.name,
                        self.last_lines()
                    )));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    pub fn last_lines(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
