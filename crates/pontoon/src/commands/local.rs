//! `pontoon local`

use crate::{
    args::{Local as Args, Speed},
    compose::{now, trouble_of_world},
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_emulator::{Cloud, Vendor, World};
use pontoon_local::{
    Home, Served,
    world::{Listeners, ask, serve, world_clock},
};
use std::path::Path;

/// Virtual seconds in one, where a served world shall be ready at once.
const INSTANT: f64 = 1000.0;

/// Runs the embedded cloud by itself, or looks at it.
pub fn local(settings: &Settings, args: &Args) -> Outcome {
    let home = Home::new(settings.local());
    match args {
        Args::Start { port, world, speed } => start(settings, &home, *port, world.as_deref(), *speed),
        Args::Env => env(settings, &home),
        Args::Objects => objects(settings, &home),
        Args::Reset => reset(settings, &home),
    }
}

fn open(home: &Home, world: World, scale: Option<f64>) -> Outcome<Cloud> {
    Cloud::open(world, Some(home.world()), world_clock(scale)).map_err(|e| trouble_of_world(home, &e))
}

fn read_world(home: &Home, path: Option<&Path>) -> Outcome<World> {
    home.read_world(path).map_err(|e| Trouble::new(e.to_string(), "correct the world file, or leave --world out").caused(&e))
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Trouble::new(format!("the runtime cannot start: {e}"), "free some file descriptors: ulimit -n"))
}

fn start(settings: &Settings, home: &Home, port: u16, world: Option<&Path>, speed: Speed) -> Outcome {
    if let Some(served) = home.served() {
        return Err(Trouble::new(
            format!("process {} serves this world already, at http://{}", served.pid, served.digitalocean),
            "use that one: pontoon local env",
        ));
    }
    let scale = match speed {
        Speed::Instant => INSTANT,
        Speed::Times(n) => n,
    };
    let world = read_world(home, world)?;
    let seed = world.seed;
    let token = world.tokens.first().map(|t| t.token.clone()).unwrap_or_default();
    let spaces_key = world.spaces.keys.first().map(|k| (k.access_key.clone(), k.secret_key.clone()));
    runtime()?.block_on(async {
        let cloud = open(home, world, Some(scale))?;
        let listeners = Listeners::bind(port).await.map_err(|(port, e)| {
            Trouble::new(format!("port {port} cannot be used: {e}"), "choose another one: pontoon local start --port PORT")
        })?;
        let unread = |e: std::io::Error| Trouble::new(format!("a port cannot be read: {e}"), "run it again");
        let at = |vendor: Vendor| listeners.address(vendor).map_err(unread);
        let served = Served {
            pid: std::process::id(),
            digitalocean: at(Vendor::DigitalOcean)?,
            spaces: at(Vendor::Spaces)?,
            kubernetes: at(Vendor::Kubernetes)?,
            github: at(Vendor::GitHub)?,
            vault: at(Vendor::Vault)?,
            control: listeners.control.local_addr().map_err(unread)?,
            scale,
            world_time: Timestamp::from_millisecond(cloud.now().0).unwrap_or_default(),
            real_time: now(),
            seed,
            token,
            spaces_key,
        };
        home.announce(&served).map_err(|e| {
            Trouble::new(format!("{}: cannot be written: {e}", home.server().display()), "make the folder writable")
        })?;
        if settings.json {
            print::line(&serde_json::json!({"digitalocean": format!("http://{}", served.digitalocean), "spaces": format!("http://{}", served.spaces), "kubernetes": format!("https://{}", served.kubernetes), "github": format!("http://{}", served.github), "vault": format!("http://{}", served.vault), "pid": served.pid}).to_string());
        } else {
            print::line(&format!("DigitalOcean  http://{}", served.digitalocean));
            print::line(&format!("Spaces        http://{}", served.spaces));
            print::line(&format!("Kubernetes    https://{}/clusters/ID", served.kubernetes));
            print::line(&format!("GitHub        http://{}", served.github));
            print::line(&format!("Vault         http://{}", served.vault));
            print::note("in another terminal: eval \"$(pontoon local env)\"; up, plan and destroy with --local use it too");
        }
        let serving = std::pin::pin!(serve(cloud, listeners));
        let stop = std::pin::pin!(tokio::signal::ctrl_c());
        let ended = futures::future::select(serving, stop).await;
        home.leave();
        match ended {
            futures::future::Either::Left((Err(e), _)) => {
                Err(Trouble::new(format!("the local cloud stopped: {e}"), "start it again: pontoon local start"))
            }
            _ => Ok(Exit::Done),
        }
    })
}

fn served(home: &Home) -> Outcome<Served> {
    home.served().ok_or_else(|| {
        Trouble::new("nobody serves this folder's local cloud", "serve it in another terminal: pontoon local start")
    })
}

fn env(settings: &Settings, home: &Home) -> Outcome {
    let s = served(home)?;
    let (access, secret) = s.spaces_key.clone().unwrap_or_default();
    let (api, objects) = (format!("http://{}", s.digitalocean), format!("http://{}", s.spaces));
    let (github, vault) = (format!("http://{}", s.github), format!("http://{}", s.vault));
    let variables = [
        ("DIGITALOCEAN_API_URL", api.as_str()),
        ("DIGITALOCEAN_TOKEN", s.token.as_str()),
        ("DIGITALOCEAN_ACCESS_TOKEN", s.token.as_str()),
        ("GITHUB_API_URL", github.as_str()),
        ("VAULT_ADDR", vault.as_str()),
        ("SPACES_ENDPOINT_URL", objects.as_str()),
        ("SPACES_ACCESS_KEY_ID", access.as_str()),
        ("SPACES_SECRET_ACCESS_KEY", secret.as_str()),
        ("AWS_ENDPOINT_URL_S3", objects.as_str()),
        ("AWS_ACCESS_KEY_ID", access.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"),
    ];
    if settings.json {
        let map: serde_json::Map<String, serde_json::Value> =
            variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        print::line(&serde_json::Value::Object(map).to_string());
    } else {
        variables.iter().for_each(|(k, v)| print::line(&format!("export {k}='{v}'")));
    }
    Ok(Exit::Done)
}

fn objects(settings: &Settings, home: &Home) -> Outcome {
    let all = match home.served() {
        Some(served) => ask(&served, "objects")
            .map_err(|e| Trouble::new(format!("the local cloud does not answer: {e}"), "start it again: pontoon local start"))?,
        None => {
            let world = read_world(home, None)?;
            runtime()?.block_on(async { open(home, world, None).map(|cloud| cloud.objects()) })?
        }
    };
    if settings.json {
        print::line(&all.to_string());
        return Ok(Exit::Done);
    }
    for (collection, documents) in all.as_object().into_iter().flatten() {
        for document in documents.as_array().into_iter().flatten() {
            let text = |keys: &[&str]| {
                keys.iter()
                    .find_map(|k| document.get(*k))
                    .map_or(String::new(), |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            };
            let (name, id) = (text(&["name", "Name", "ip", "origin", "fingerprint"]), text(&["id", "uuid", "access_key"]));
            print::line(&format!("{collection:24}  {name:40}  {id}"));
        }
    }
    Ok(Exit::Done)
}

fn reset(settings: &Settings, home: &Home) -> Outcome {
    // A run that is under way would write its record into the new world's.
    let _store = alone(&home.store().join("lock"))?;
    if let Some(served) = home.served() {
        ask(&served, "reset")
            .map_err(|e| Trouble::new(format!("the local cloud does not answer: {e}"), "stop it, then: pontoon local reset"))?;
    } else {
        let _world = alone(&home.world().join("lock"))?;
        remove(&home.world())?;
    }
    // What was recorded of the old world would only be missed in the new one.
    remove(&home.store())?;
    for file in [home.secrets(), home.world_file()] {
        let _ = std::fs::remove_file(file);
    }
    let _ = std::fs::remove_dir_all(home.folder().join("releases"));
    if settings.json {
        print::line("{}");
    } else {
        print::note("the local cloud is empty");
    }
    Ok(Exit::Done)
}

/// Takes a lock that every user of this folder takes; none where there is nothing to lock.
fn alone(lock: &Path) -> Outcome<Option<std::fs::File>> {
    let cannot = |e: std::io::Error| Trouble::new(format!("{}: cannot be locked: {e}", lock.display()), "run it again");
    let file = match std::fs::OpenOptions::new().write(true).open(lock) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(cannot)?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(Trouble::new(
            format!("{}: another pontoon is at work in the local cloud", lock.display()),
            "wait until it ends, or interrupt it, then: pontoon local reset",
        )),
        Err(std::fs::TryLockError::Error(e)) => Err(cannot(e)),
    }
}

fn remove(dir: &Path) -> Outcome<()> {
    match std::fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Trouble::new(format!("{}: cannot be removed: {e}", dir.display()), format!("remove it: rm -r {}", dir.display())))
        }
        _ => Ok(()),
    }
}
