//! Local worlds: where one is kept, the server that serves it, and the one who finds it.
//!
//! A world lives in a folder. Either a process opens it for itself (on a paused clock, so that ten
//! minutes take milliseconds, or on a scaled one), or `pontoon local start` serves it and says where
//! in `server.json`; then everybody uses that.

use jiff::Timestamp;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use serde::{Deserialize, Serialize};
use std::{
    io,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a served world may take to answer a knock.
const KNOCK: Duration = Duration::from_millis(300);

/// A served world, as its server describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// The server's process.
    pub pid: u32,
    /// DigitalOcean's API.
    pub digitalocean: SocketAddr,
    /// Spaces.
    pub spaces: SocketAddr,
    /// The API servers of clusters, with TLS, each under `/clusters/ID`.
    pub kubernetes: SocketAddr,
    /// GitHub: its API, and Git over HTTP.
    pub github: SocketAddr,
    /// A company's Vault.
    pub vault: SocketAddr,
    /// Where the world itself can be looked at and reset.
    pub control: SocketAddr,
    /// Virtual seconds in a real one.
    pub scale: f64,
    /// Where the world's clock stood…
    pub world_time: Timestamp,
    /// …when the real clock stood here.
    pub real_time: Timestamp,
    /// The world's seed.
    pub seed: u64,
    /// The API token that it accepts.
    pub token: String,
    /// A Spaces key that it accepts: id and secret. Both are of the world and open nothing else.
    pub spaces_key: Option<(String, String)>,
}

impl Served {
    /// Where the world's clock stands when the real clock stands at `now`.
    pub fn time(&self, now: Timestamp) -> Timestamp {
        let real = now.as_millisecond().saturating_sub(self.real_time.as_millisecond());
        // Milliseconds of centuries fit an f64 exactly enough for a clock.
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a clock's milliseconds")]
        let passed = (real as f64 * self.scale) as i64;
        Timestamp::from_millisecond(self.world_time.as_millisecond().saturating_add(passed)).unwrap_or(self.world_time)
    }
}

/// The folder of a world.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// `.pontoon/local`.
    pub fn new(folder: impl Into<PathBuf>) -> Home {
        Home(folder.into())
    }
    /// Where the world's own log is.
    pub fn world(&self) -> PathBuf {
        self.0.join("world")
    }
    /// Where the record of what was made in it is.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }
    /// Where its secrets are, which stand for those in a cluster.
    pub fn secrets(&self) -> PathBuf {
        self.0.join("secrets.json")
    }
    /// Where a server says that it is.
    pub fn server(&self) -> PathBuf {
        self.0.join("server.json")
    }
    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }
    /// Where the world file stands that the world was made with.
    pub fn world_file(&self) -> PathBuf {
        self.0.join("world.toml")
    }

    /// The server that serves this world, if one does: a note alone is not enough, it must answer.
    pub fn served(&self) -> Option<Served> {
        let served: Served = serde_json::from_str(&std::fs::read_to_string(self.server()).ok()?).ok()?;
        TcpStream::connect_timeout(&served.control, KNOCK).ok().map(|_| served)
    }

    /// Says that a server serves this world.
    ///
    /// # Errors
    /// Where the note cannot be written.
    pub fn announce(&self, served: &Served) -> io::Result<()> {
        crate::private::write(&self.server(), serde_json::to_string_pretty(served)?.as_bytes())
    }

    /// Says that nobody serves it any more.
    pub fn leave(&self) {
        // A note that stays is harmless: whoever reads it knocks first.
        let _ = std::fs::remove_file(self.server());
    }

    /// The world file that this world was made with, or the default one.
    ///
    /// # Errors
    /// Where the file cannot be read or makes no sense.
    pub fn read_world(&self, given: Option<&Path>) -> Result<World, WorldError> {
        let path = given.map_or_else(|| self.world_file(), Path::to_path_buf);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let world = World::parse(&text).map_err(|e| WorldError::Toml { path: path.clone(), message: e.to_string() })?;
                if given.is_some() {
                    // Later commands without --world go on in the same world.
                    let _ = crate::private::write(&self.world_file(), text.as_bytes());
                }
                Ok(world)
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && given.is_none() => Ok(ready()),
            Err(source) => Err(WorldError::Read { path, source }),
        }
    }
}

/// A world that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The world file cannot be read.
    #[error("{path}: cannot be read", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The world file makes no sense.
    #[error("{path}: {message}", path = .path.display())]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
}

/// A listener for each vendor, and one for the control port.
pub struct Listeners {
    /// Each vendor's.
    pub vendors: Vec<(Vendor, tokio::net::TcpListener)>,
    /// Where the world itself can be looked at and reset.
    pub control: tokio::net::TcpListener,
}

impl Listeners {
    /// Listens on the loopback address: from `port` on, one after the other in the order of [`Vendor::ALL`], the control
    /// port third as it always was; on any free ports when it is 0.
    ///
    /// # Errors
    /// The port that cannot be used, and why.
    pub async fn bind(port: u16) -> Result<Listeners, (u16, io::Error)> {
        let mut next = port;
        let mut all = Vec::new();
        // DigitalOcean, Spaces, control, then the others.
        for _ in 0..=Vendor::ALL.len() {
            all.push(tokio::net::TcpListener::bind(("127.0.0.1", next)).await.map_err(|e| (next, e))?);
            next = if port == 0 { 0 } else { next.saturating_add(1) };
        }
        let control = all.remove(2);
        Ok(Listeners { vendors: Vendor::ALL.iter().copied().zip(all).collect(), control })
    }

    /// Where a vendor is served.
    ///
    /// # Errors
    /// Where the socket does not say.
    pub fn address(&self, vendor: Vendor) -> io::Result<SocketAddr> {
        let found = self.vendors.iter().find(|(v, _)| *v == vendor);
        found.map_or_else(|| Err(io::Error::other(format!("{} is not served", vendor.name()))), |(_, l)| l.local_addr())
    }
}

/// Serves a world until the future is dropped: each vendor on its listener, and the control port. Kubeconfigs name the
/// served address from now on.
///
/// # Errors
/// Where a listener fails.
pub async fn serve(cloud: Cloud, listeners: Listeners) -> io::Result<()> {
    cloud.serves_kubernetes_at(&format!("https://{}", listeners.address(Vendor::Kubernetes)?));
    let vendors = listeners.vendors.into_iter().map(|(vendor, listener)| cloud.clone().serve(vendor, listener));
    futures::future::try_join(futures::future::try_join_all(vendors), answer_control(cloud.clone(), listeners.control))
        .await
        .map(|_| ())
}

/// The control port speaks one line: `objects` or `reset`, and answers with one JSON document.
async fn answer_control(cloud: Cloud, listener: tokio::net::TcpListener) -> io::Result<()> {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    loop {
        let (stream, _) = listener.accept().await?;
        let cloud = cloud.clone();
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            let answer = match stream.read_line(&mut line).await {
                Ok(_) => match line.trim() {
                    "objects" => cloud.objects().to_string(),
                    "reset" => match cloud.reset() {
                        Ok(()) => "{}".to_owned(),
                        Err(e) => serde_json::json!({"error": e.to_string()}).to_string(),
                    },
                    _ => return,
                },
                Err(_) => return,
            };
            // A client that left needs no answer.
            let _ = stream.get_mut().write_all(answer.as_bytes()).await;
        });
    }
}

/// Asks a served world.
///
/// # Errors
/// Where it does not answer.
pub fn ask(served: &Served, word: &str) -> io::Result<serde_json::Value> {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect_timeout(&served.control, KNOCK)?;
    stream.write_all(format!("{word}\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    serde_json::from_str(&answer).map_err(io::Error::other)
}

/// The clock of a world in this process.
pub fn world_clock(scale: Option<f64>) -> Clock {
    scale.map_or(Clock::REAL, Clock::times)
}

/// A healthy account in which the platform's own images were pushed: nobody builds them on a laptop first.
pub fn ready() -> World {
    let mut world = World::default();
    world.clusters.images = vec!["*".to_owned()];
    world
}
