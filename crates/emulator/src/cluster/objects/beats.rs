//! When a cluster's controllers look, and which of them.

use super::{COUNTERS, Objects, TIMERS};
use crate::Moment;
use crate::looks::{Look, Reads};
use serde_json::{Value, json};
use std::time::Duration;

impl Objects<'_, '_> {
    pub(super) fn touched(&mut self) {
        if !self.quiet {
            self.plan_beat(Duration::from_secs(1));
        }
    }

    /// Lets the controllers look, a second from now.
    pub fn wake(&mut self) {
        self.wake_in(Duration::from_secs(1));
    }

    /// Lets the controllers look after `wait` at the latest.
    pub fn wake_in(&mut self, wait: Duration) {
        self.come(self.cx.now().plus(wait).0);
        self.plan_beat(wait);
    }

    /// Beats fall on whole seconds, so that there is one a second at most, however many wait for a moment of their own.
    fn plan_beat(&mut self, wait: Duration) {
        let now = self.cx.now();
        let at = (now.plus(wait).0 + 999).div_euclid(1000) * 1000;
        let wait = Moment(at).since(now);
        let counters = self.collection(COUNTERS);
        let planned = self.cx.peek(&counters, "beat").and_then(Value::as_i64);
        if planned.is_some_and(|p| p <= at && p > self.cx.now().0) {
            return;
        }
        self.cx.put_settled(&counters, "beat", at.into());
        let cluster = self.cluster.clone();
        self.cx.after(wait, "cluster_tick", json!({ "cluster": cluster }));
    }

    /// Whether the beat that runs now is the one that was planned last.
    pub(crate) fn begin_beat(&mut self) -> bool {
        let counters = self.collection(COUNTERS);
        let planned = self.cx.peek(&counters, "beat").and_then(Value::as_i64);
        if planned != Some(self.cx.now().0) {
            return false;
        }
        self.cx.remove_settled(&counters, "beat");
        true
    }

    /// Lets somebody look, unless he would see what he saw when he last looked.
    ///
    /// What a controller does follows from what it reads and from the time. So it is left alone until something that it
    /// read was touched, or until the first moment for which it asked. `name` is its own within the cluster. A look within
    /// a look is the outer one's as well: a controller that is asked again asks only those of its objects again that
    /// something happened to.
    pub(crate) fn look(&mut self, name: String, controller: impl FnOnce(&mut Self)) {
        let now = self.cx.now().0;
        let cluster = self.cluster.clone();
        let mut last = self.cx.looks(&cluster).take(&name);
        let asleep =
            last.as_mut().is_some_and(|look| look.again.is_none_or(|at| at > now) && self.cx.reads_same(&mut look.reads));
        let look = match last {
            Some(look) if asleep => {
                self.cx.read_too(&look.reads);
                look
            }
            _ => {
                let outer = self.again.take();
                self.cx.watch_reads();
                controller(self);
                let look = Look { reads: self.cx.take_reads(), again: self.again };
                self.again = outer;
                look
            }
        };
        self.again = [self.again, look.again].into_iter().flatten().min();
        self.cx.looks(&cluster).keep(name, look);
    }

    /// Lets a controller look at each object of a resource to which something happened, or whose time has come: `who` is its
    /// own among those that look at that resource.
    pub(crate) fn each(&mut self, who: &str, resource: &str, one: impl Fn(&mut Self, &Value)) {
        for object in self.held(resource) {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
            let (namespace, name) = super::place(&object);
            self.look([who, "/", uid].concat(), |objects| {
                if let Some(object) = objects.share(resource, &namespace, &name) {
                    one(objects, &object);
                }
            });
        }
    }

    /// The same, for objects that are not on their way out.
    pub(crate) fn each_live(&mut self, who: &str, resource: &str, one: impl Fn(&mut Self, &Value)) {
        self.each(who, resource, |objects, object| {
            if object["metadata"]["deletionTimestamp"].is_null() {
                one(objects, object);
            }
        });
    }

    /// Whether whoever looked last under that name would see something else now, for those of whom many look at once:
    /// what each of them sees is found out by [`Self::watched`], and kept by [`Self::seen`].
    pub(crate) fn anew(&mut self, name: &str) -> bool {
        let cluster = self.cluster.clone();
        let Some(mut look) = self.cx.looks(&cluster).take(name) else { return true };
        if !self.cx.reads_same(&mut look.reads) {
            return true;
        }
        self.cx.read_too(&look.reads);
        self.cx.looks(&cluster).keep(name.to_owned(), look);
        false
    }

    /// What `look` gives, and what it read.
    pub(crate) fn watched<T>(&self, look: impl FnOnce() -> T) -> (T, Reads) {
        self.cx.watch_reads();
        let seen = look();
        (seen, self.cx.take_reads())
    }

    /// Remembers what was read under that name.
    pub(crate) fn seen(&mut self, name: String, reads: Reads) {
        let cluster = self.cluster.clone();
        self.cx.looks(&cluster).keep(name, Look { reads, again: None });
    }

    /// Plans the next beat for the first timer that has not elapsed yet, or that a controller asked for.
    pub(crate) fn end_beat(&mut self) {
        let now = self.cx.now().0;
        let cluster = self.cluster.clone();
        if let Some(at) = self.cx.looks(&cluster).again(now) {
            self.plan_beat(Duration::from_millis(u64::try_from(at - now).unwrap_or(1)));
        }
        let next = self.cx.list(&self.collection(TIMERS)).into_iter().filter_map(Value::as_i64).filter(|at| *at > now).min();
        if let Some(at) = next {
            self.plan_beat(Duration::from_millis(u64::try_from(at - now).unwrap_or(1)));
        }
    }
}
