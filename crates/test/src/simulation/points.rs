//! Every point at which a run can die: before each call leaves, after the vendor acted, after each change of the disk and in
//! the middle of it, and the same with the power gone.
//!
//! Nothing is played again for it. What a death leaves behind is the world and the disk, and both can be copied: one
//! undisturbed run is copied at each point, and each copy is gone on with by the next run, on another thread. Points
//! between which nothing changed are one point: the earliest, which has the least time to settle.
//!
//! Calls that are on their way at such a point never arrive here; that they may arrive is what [`crate::crash`] covers.

use super::{
    disk::{Image, MemoryDisk},
    judge, paused,
};
use crate::{
    context::{Context, Wrap},
    normal::{Normal, difference},
    witness::Twice,
};
use bytes::Bytes;
use http::Request;
use pontoon_core::{operation::Ending, plan::Command, platform::Platform};
use pontoon_emulator::{Snapshot, Vendor, World};
use pontoon_plan::Options;
use pontoon_wire::Wire;
use std::{
    path::PathBuf,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// So many points wait for a thread at most: each holds a whole world.
const WAITING: usize = 8;
/// After so many broken points the rest is only counted.
const ENOUGH: usize = 5;

/// What a run leaves behind at one moment.
#[derive(Clone)]
struct Remains {
    /// Where it was.
    at: String,
    world: Snapshot,
    disk: Image,
    secrets: Option<Vec<u8>>,
    /// Whether the power is gone, and what was not synced with it.
    powerless: bool,
    /// How many runs there were before.
    number: u32,
}

/// How the points of a run were survived.
#[derive(Debug, Default)]
pub struct Points {
    /// How many there are in the run.
    pub all: usize,
    /// How many of those that were taken were survived, losses of power counted by themselves.
    pub survived: usize,
    /// What went wrong, and where.
    pub broken: Vec<String>,
}

/// What is copied at each point.
struct Recorder {
    cloud: pontoon_emulator::Cloud,
    disk: MemoryDisk,
    root: PathBuf,
    points: SyncSender<Remains>,
    last: Mutex<Option<(u64, u64)>>,
    calls: AtomicUsize,
    /// How many points there were, and of how many the first is taken.
    seen: AtomicUsize,
    stride: usize,
    number: u32,
}

impl Recorder {
    fn record(&self, at: String) {
        let now = (self.cloud.changes(), self.disk.changes());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.replace(now) == Some(now) {
            return;
        }
        if !self.seen.fetch_add(1, Ordering::SeqCst).is_multiple_of(self.stride) {
            return;
        }
        let secrets = std::fs::read(self.root.join(SECRETS)).ok();
        let (world, disk) = (self.cloud.snapshot(), self.disk.image(&self.root));
        let alive = Remains { at, world, disk, secrets, powerless: false, number: self.number };
        if alive.disk.has_unsynced() {
            let gone = Remains { at: format!("{}, and the power gone", alive.at), powerless: true, ..alive.clone() };
            // Nobody listens any more where enough is broken.
            let _ = self.points.send(gone);
        }
        let _ = self.points.send(alive);
    }
}

/// The file of a local store of secrets, in an operator's folder.
const SECRETS: &str = "secrets.json";

impl Remains {
    /// Where the next run begins.
    fn context(&self, world: World) -> Context {
        let mut context = Context::of(pontoon_emulator::Cloud::resume(&self.world, world.clone()), &world);
        let root = context.me.folder.path().to_path_buf();
        let disk = MemoryDisk::of(&self.disk, &root);
        if self.powerless {
            disk.power_loss(0.0);
        }
        context.me.disk = Rc::new(disk);
        context.after_runs(self.number);
        if let Some(secrets) = &self.secrets {
            std::fs::write(root.join(SECRETS), secrets).expect("a temporary file can be written");
        }
        context
    }
}

/// A world in which something may stand already, and a run that is carried out in it.
pub struct Beginning {
    remains: Remains,
    platform: Platform,
    command: Command,
    without_sync: bool,
}

impl Beginning {
    /// In an empty account.
    pub fn bootstrap(platform: &Platform) -> Beginning {
        let remains = paused(async {
            let context = Context::unwatched(World::default());
            left(&context, &MemoryDisk::default(), 0)
        });
        Beginning { remains, platform: platform.clone(), command: Command::Up, without_sync: false }
    }

    /// Where all of it stands.
    pub fn destroy(platform: &Platform) -> Beginning {
        let built = Beginning::bootstrap(platform);
        let remains = paused(async {
            let (context, disk) = built.open(2);
            run(&context, platform, Command::Up).await.expect("an undisturbed bootstrap ends well");
            left(&context, &disk, 1)
        });
        Beginning { remains, command: Command::Destroy, ..built }
    }

    /// Where the run begins, in a world with other knobs: a copy, each time.
    pub fn context(&self, world: World) -> Context {
        self.remains.context(world)
    }

    /// The same on a disk whose syncs do nothing: to see that it is found out.
    #[must_use]
    pub fn without_sync(self) -> Beginning {
        Beginning { without_sync: true, ..self }
    }

    fn open(&self, seed: u64) -> (Context, MemoryDisk) {
        let mut context = self.remains.context(World { seed, ..World::default() });
        let mut disk = MemoryDisk::of(&self.remains.disk, context.me.folder.path());
        disk.without_sync = self.without_sync;
        context.me.disk = Rc::new(disk.clone());
        (context, disk)
    }

    /// Dies at each point of the run, or at the first of each `stride` ones, and goes on from there, on so many threads.
    pub fn every_point(&self, stride: usize, threads: usize) -> Points {
        let expected = paused(async {
            let (context, _) = self.open(3);
            run(&context, &self.platform, self.command).await.expect("an undisturbed run ends well");
            judge::seen(&context.cloud)
        });
        let (sender, receiver) = sync_channel(WAITING);
        let (receiver, points) = (Mutex::new(receiver), Mutex::new(Points::default()));
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| self.go_on(&receiver, &points, &expected));
            }
            let all = paused(self.recorded(stride.max(1), sender));
            points.lock().unwrap_or_else(PoisonError::into_inner).all = all;
        });
        points.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run itself, copied at each point; how many there were.
    async fn recorded(&self, stride: usize, points: SyncSender<Remains>) -> usize {
        let (context, disk) = self.open(3);
        let recorder = Arc::new(Recorder {
            cloud: context.cloud.clone(),
            disk: disk.clone(),
            root: context.me.folder.path().to_path_buf(),
            points,
            last: Mutex::default(),
            calls: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
            stride,
            number: self.remains.number + 1,
        });
        context.wrap(around_calls(recorder.clone()));
        let at_disk = recorder.clone();
        disk.watch(Some(Arc::new(move |what| at_disk.record(format!("{what} on the disk")))));
        run(&context, &self.platform, self.command).await.expect("an undisturbed run ends well");
        disk.watch(None);
        recorder.seen.load(Ordering::SeqCst)
    }

    fn go_on(&self, receiver: &Mutex<Receiver<Remains>>, points: &Mutex<Points>, expected: &Normal) {
        let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let mut seed = 1000;
        while let Ok(remains) = next() {
            seed += 1;
            if points.lock().unwrap_or_else(PoisonError::into_inner).broken.len() >= ENOUGH {
                continue;
            }
            let said = paused(self.recovers(&remains, seed, expected));
            let mut points = points.lock().unwrap_or_else(PoisonError::into_inner);
            match said {
                Ok(()) => points.survived += 1,
                Err(said) => points.broken.push(format!("{}: {said}", remains.at)),
            }
        }
    }

    /// One more run, and everything is as if nobody had died.
    async fn recovers(&self, remains: &Remains, seed: u64, expected: &Normal) -> Result<(), String> {
        let context = remains.context(World { seed, ..World::default() });
        let twice = Twice::begin(&context);
        run(&context, &self.platform, self.command).await?;
        let lines = difference(expected, &judge::seen(&context.cloud));
        if !lines.is_empty() {
            return Err(format!("an undisturbed run: -, this one: +\n{lines}"));
        }
        if !twice.found().is_empty() {
            return Err(format!("twice: {:#?}", twice.found()));
        }
        let looked = context
            .run(&context.me, &self.platform, self.command, &Options { hold: false, ..options(self.command) }, false)
            .await;
        let (prepared, _) = looked.map_err(|e| e.to_string())?;
        match prepared.plan.is_empty() {
            true => Ok(()),
            false => Err(format!("the next plan is not empty: {:#?}", prepared.plan.changes)),
        }
    }
}

/// As the binary runs it: what an `up` replaces stays for whatever uses it, unless nothing can.
fn options(command: Command) -> Options {
    Options { include_stateful: command == Command::Destroy, hold: command == Command::Up, ..Options::default() }
}

async fn run(context: &Context, platform: &Platform, command: Command) -> Result<(), String> {
    let ran = context.run(&context.me, platform, command, &options(command), true).await;
    let (_, report) = ran.map_err(|e| format!("{e}: {e:?}"))?;
    match report.filter(|r| r.ending != Ending::Done) {
        None => Ok(()),
        Some(report) => Err(format!("{}: {:?}", report.ending, report.failures)),
    }
}

/// What a context is left with.
fn left(context: &Context, disk: &MemoryDisk, number: u32) -> Remains {
    let root = context.me.folder.path();
    Remains {
        at: "the beginning".into(),
        world: context.cloud.snapshot(),
        disk: disk.image(root),
        secrets: std::fs::read(root.join(SECRETS)).ok(),
        powerless: false,
        number,
    }
}

/// Records before each call leaves, and after the vendor acted.
fn around_calls(recorder: Arc<Recorder>) -> Wrap {
    Rc::new(move |_: Vendor, wire: Wire| {
        let recorder = recorder.clone();
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let (wire, recorder) = (wire.clone(), recorder.clone());
            async move {
                let n = recorder.calls.fetch_add(1, Ordering::SeqCst);
                let call = format!("call {n}: {} {}", request.method(), request.uri().path());
                recorder.record(format!("before {call}"));
                let reply = wire.oneshot(request).await;
                recorder.record(format!("after {call}"));
                reply
            }
        }))
    })
}
