//! Directed graphs over ordered keys: topological order, cycles with their path, critical paths.

use std::collections::{BTreeMap, BTreeSet};

/// `key → what it needs`. Ordered, so that every traversal is the same every time.
#[derive(Debug, Clone, Default)]
pub struct Graph<K: Ord + Clone> {
    needs: BTreeMap<K, BTreeSet<K>>,
}

/// A cycle, as the path that closes it: the first key is also the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle<K>(pub Vec<K>);

impl<K: Ord + Clone> Graph<K> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Graph { needs: BTreeMap::new() }
    }
    /// Adds a node.
    pub fn node(&mut self, key: K) {
        self.needs.entry(key).or_default();
    }
    /// Says that `key` needs `other`; adds both. A key that needs itself is a cycle.
    pub fn edge(&mut self, key: K, other: K) {
        self.node(other.clone());
        self.needs.entry(key).or_default().insert(other);
    }
    /// What `key` needs directly.
    pub fn needs(&self, key: &K) -> impl Iterator<Item = &K> {
        self.needs.get(key).into_iter().flatten()
    }

    /// Every node after all that it needs; among equals by key.
    ///
    /// # Errors
    /// The first cycle found, with its path.
    pub fn order(&self) -> Result<Vec<K>, Cycle<K>> {
        let mut left: BTreeMap<&K, usize> = self.needs.iter().map(|(k, n)| (k, n.len())).collect();
        let mut users: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
        for (k, n) in &self.needs {
            n.iter().for_each(|d| users.entry(d).or_default().push(k));
        }
        let mut ready: BTreeSet<&K> = left.iter().filter(|(_, n)| **n == 0).map(|(k, _)| *k).collect();
        let mut order = Vec::with_capacity(self.needs.len());
        while let Some(k) = ready.pop_first() {
            order.push(k.clone());
            for user in users.get(k).into_iter().flatten() {
                if let Some(n) = left.get_mut(user) {
                    *n -= 1;
                    if *n == 0 {
                        ready.insert(user);
                    }
                }
            }
        }
        if order.len() == self.needs.len() { Ok(order) } else { Err(self.cycle(&order)) }
    }

    /// Follows needs among the nodes that no order reached until one repeats.
    fn cycle(&self, ordered: &[K]) -> Cycle<K> {
        let done: BTreeSet<&K> = ordered.iter().collect();
        let mut path: Vec<K> = Vec::new();
        let mut at = self.needs.keys().find(|k| !done.contains(k));
        while let Some(k) = at {
            if let Some(start) = path.iter().position(|p| p == k) {
                let mut closed = path.split_off(start);
                closed.push(k.clone());
                return Cycle(closed);
            }
            path.push(k.clone());
            at = self.needs(k).find(|n| !done.contains(n));
        }
        Cycle(path)
    }

    /// For each node the longest way from it to an end of the work, its own weight included:
    /// what should be started first.
    ///
    /// # Errors
    /// The first cycle found.
    pub fn remaining(&self, weight: impl Fn(&K) -> u64) -> Result<BTreeMap<K, u64>, Cycle<K>> {
        let order = self.order()?;
        let mut remaining: BTreeMap<K, u64> = BTreeMap::new();
        for k in order.iter().rev() {
            let own = remaining.get(k).copied().unwrap_or(0) + weight(k);
            remaining.insert(k.clone(), own);
            for n in self.needs(k) {
                let r = remaining.entry(n.clone()).or_insert(0);
                *r = (*r).max(own);
            }
        }
        Ok(remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &'static str)]) -> Graph<&'static str> {
        let mut g = Graph::new();
        edges.iter().for_each(|(a, b)| g.edge(*a, *b));
        g
    }

    #[test]
    fn orders_needs_first_and_by_key() {
        assert_eq!(graph(&[("c", "b"), ("b", "a"), ("x", "a")]).order(), Ok(vec!["a", "b", "c", "x"]));
    }

    #[test]
    fn names_the_cycle() {
        assert_eq!(graph(&[("z", "a"), ("a", "b"), ("b", "c"), ("c", "a")]).order(), Err(Cycle(vec!["a", "b", "c", "a"])));
        assert_eq!(graph(&[("a", "a")]).order(), Err(Cycle(vec!["a", "a"])));
    }

    #[test]
    fn remaining_counts_the_longest_way() {
        let r = graph(&[("pool", "cluster"), ("cluster", "vpc"), ("db", "vpc")]).remaining(|_| 1).unwrap();
        assert_eq!(r, BTreeMap::from([("vpc", 3), ("cluster", 2), ("pool", 1), ("db", 1)]));
    }
}
