//! Makes a story that breaks a rule smaller, for as long as it still does.

use super::{
    stage::Broken,
    story::{Act, Base, Fate, Shape, Story},
};
use std::{future::Future, pin::Pin};

/// Plays a story; gives the rule that it breaks.
pub type Play<'a> = dyn Fn(Story) -> Pin<Box<dyn Future<Output = Option<Broken>>>> + 'a;

/// The smallest story found, and what it breaks; at most `tries` are played.
pub async fn shrink(story: Story, broken: Broken, tries: usize, play: &Play<'_>) -> (Story, Broken) {
    let (mut best, mut why, mut left) = (story, broken, tries);
    'again: loop {
        for smaller in smaller(&best) {
            if left == 0 {
                break 'again;
            }
            left -= 1;
            // Another broken rule is another mistake: each is worth a story of its own.
            if let Some(broken) = play(smaller.clone()).await.filter(|b| b.rule == why.rule) {
                (best, why) = (smaller, broken);
                continue 'again;
            }
        }
        break;
    }
    (best, why)
}

/// Stories with one thing less, the largest steps first.
fn smaller(story: &Story) -> Vec<Story> {
    let mut all = Vec::new();
    for n in 0..story.acts.len() {
        let mut less = story.clone();
        less.acts.remove(n);
        all.push(less);
    }
    for n in 0..story.troubles.len() {
        let mut less = story.clone();
        less.troubles.remove(n);
        all.push(less);
    }
    if let Base::Kinds(kinds) = &story.base {
        for n in 0..kinds.len() {
            let mut less = kinds.clone();
            less.remove(n);
            all.push(Story { base: Base::Kinds(less), ..story.clone() });
        }
    }
    if story.older {
        all.push(Story { older: false, ..story.clone() });
    }
    if story.last != Shape::default() {
        all.push(Story { last: Shape::default(), ..story.clone() });
    }
    for n in 0..story.acts.len() {
        let plain = match &story.acts[n] {
            Act::Upgrade { fate } if *fate != Fate::Lives => Act::Upgrade { fate: Fate::Lives },
            Act::Forgets { nth, fate } if *fate != Fate::Lives => Act::Forgets { nth: *nth, fate: Fate::Lives },
            Act::Up { shape, fate, named } if *shape != Shape::default() => {
                Act::Up { shape: Shape::default(), fate: *fate, named: *named }
            }
            Act::Up { shape, fate, named } if *fate != Fate::Lives => {
                Act::Up { shape: shape.clone(), fate: Fate::Lives, named: *named }
            }
            _ => continue,
        };
        let mut less = story.clone();
        less.acts[n] = plain;
        all.push(less);
    }
    all
}
