//! A listening port with a thread per connection, which can be cut, closed and opened again.

use std::collections::HashMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context, Result};

use crate::process::lock;

type Handler = Arc<dyn Fn(TcpStream) -> Result<()> + Send + Sync>;

pub struct Listener {
    port: u16,
    handler: Handler,
    connections: Arc<Connections>,
    accepting: Mutex<Option<(Arc<AtomicBool>, JoinHandle<()>)>>,
}

#[derive(Default)]
struct Connections {
    next: AtomicU64,
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl Listener {
    pub fn start(
        port: u16,
        handler: impl Fn(TcpStream) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = Self {
            port,
            handler: Arc::new(handler),
            connections: Arc::default(),
            accepting: Mutex::default(),
        };
        listener.open()?;
        Ok(listener)
    }

    /// Accepts connections again after [`Listener::close`].
    pub fn open(&self) -> Result<()> {
        let mut accepting = lock(&self.accepting);
        if accepting.is_some() {
            return Ok(());
        }
        let socket = TcpListener::bind(("127.0.0.1", self.port))
            .with_context(|| format!("cannot listen on port {}", self.port))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (handler, connections, told) = (self.handler.clone(), self.connections.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            for stream in socket.incoming() {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                // A connection that failed before we saw it concerns nobody.
                let Ok(stream) = stream else { continue };
                connections.serve(stream, handler.clone());
            }
        });
        *accepting = Some((stop, thread));
        Ok(())
    }

    /// Refuses new connections; those that are open stay.
    pub fn close(&self) {
        if let Some((stop, thread)) = lock(&self.accepting).take() {
            stop.store(true, Ordering::SeqCst);
            // Wakes the thread that waits for a connection.
            let _ = TcpStream::connect(("127.0.0.1", self.port));
            let _ = thread.join();
        }
    }

    /// Cuts every open connection.
    pub fn drop_connections(&self) {
        for (_, stream) in lock(&self.connections.open).drain() {
            // Closed already is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn connection_count(&self) -> usize {
        lock(&self.connections.open).len()
    }
}

impl Connections {
    fn serve(self: &Arc<Self>, stream: TcpStream, handler: Handler) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let Ok(copy) = stream.try_clone() else { return };
        lock(&self.open).insert(number, copy);
        let connections = self.clone();
        std::thread::spawn(move || {
            if let Err(error) = handler(stream) {
                // Clients that vanish in the middle are ordinary in tests.
                let vanished = error.downcast_ref::<std::io::Error>().is_some();
                if !vanished {
                    eprintln!("rig: a connection ended: {error:#}");
                }
            }
            if let Some(stream) = lock(&connections.open).remove(&number) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
        self.drop_connections();
    }
}
