//! What was dropped is used again, for what it fits best, and holds nothing of what it was.
use super::*;
use std::sync::Arc;
use transom_sys::{Image, page_size};

const LEN: usize = 8 << 20;

fn spaces(count: usize, resident: usize) -> KeptSpaces {
    KeptSpaces::new(KeptMemories {
        count,
        resident,
        ask: true,
    })
}

fn image(byte: u8) -> MemoryImage {
    MemoryImage {
        image: Arc::new(Image::new(&vec![byte; 2 * page_size()]).unwrap()),
        offset: page_size(),
    }
}

fn wanted(size: usize, image: Option<&MemoryImage>) -> Wanted<'_> {
    Wanted {
        before: 0,
        len: LEN,
        size,
        image,
    }
}

/// Takes a space and maps the image that it is to have, as memories do.
fn take(spaces: &KeptSpaces, size: usize, image: Option<&MemoryImage>) -> Reservation {
    let mut space = spaces.take(&wanted(size, image)).unwrap();
    assert_eq!(space.accessible(), size);
    if let Some(image) = image
        && !space.is_for(Some(image.placed()))
    {
        assert!(space.is_for(None));
        space.map_image(&image.image, image.offset).unwrap();
    }
    space
}

#[test]
fn spaces_are_used_again_by_their_length_and_guard() {
    let spaces = spaces(9, 0);
    let space = take(&spaces, 1 << 16, None);
    let base = space.base();
    spaces.give(space);
    for (before, len) in [(0, LEN / 2), (page_size(), LEN)] {
        let other = Wanted {
            before,
            len,
            ..wanted(1 << 16, None)
        };
        assert_ne!(spaces.take(&other).unwrap().base(), base);
    }
    assert_eq!(take(&spaces, 1 << 16, None).base(), base);
    assert_eq!(spaces.kept(), (0, 0));
}

#[test]
fn what_fits_best_is_taken() {
    let spaces = spaces(9, 0);
    let (first, second) = (image(1), image(2));
    let kinds = [
        (1 << 16, None),
        (2 << 16, None),
        (1 << 16, Some(&first)),
        (2 << 16, Some(&second)),
    ];
    let taken = kinds.map(|(size, image)| take(&spaces, size, image));
    let bases = taken.each_ref().map(Reservation::base);
    taken.into_iter().for_each(|space| spaces.give(space));
    for (kind, base) in kinds.into_iter().zip(bases) {
        let space = take(&spaces, kind.0, kind.1);
        assert_eq!(space.base(), base, "{kind:?}");
        spaces.give(space);
    }
    // Of another size, if there is no other.
    let _first = take(&spaces, 5 << 16, Some(&first));
    assert_eq!(_first.base(), bases[2]);
    // What begins as another module does is left to that one.
    let _zeros = [take(&spaces, 1 << 16, None), take(&spaces, 1 << 16, None)];
    let other = take(&spaces, 2 << 16, None);
    assert!(!bases.contains(&other.base()));
    assert_eq!(take(&spaces, 2 << 16, Some(&second)).base(), bases[3]);
}

#[test]
fn the_oldest_gives_way_to_another_kind() {
    let spaces = spaces(3, 0);
    let taken: Vec<_> = (0..5).map(|_| take(&spaces, 1 << 16, None)).collect();
    let bases: Vec<_> = taken.iter().map(Reservation::base).collect();
    taken.into_iter().for_each(|space| spaces.give(space));
    assert_eq!(spaces.kept().0, 3);
    let image = image(1);
    let other = take(&spaces, 1 << 16, Some(&image));
    assert_eq!(other.base(), bases[2]);
    let _more = take(&spaces, 1 << 16, None);
    let more = [take(&spaces, 1 << 16, None), take(&spaces, 1 << 16, None)];
    more.into_iter().for_each(|space| spaces.give(space));
    spaces.give(take(&spaces, 3 << 16, Some(&image)));
    spaces.give(other);
    assert_eq!(spaces.kept().0, 3);
    assert!(take(&spaces, 1 << 16, Some(&image)).is_for(Some(image.placed())));
    let none = self::spaces(0, 1 << 20);
    none.give(take(&none, 1 << 16, None));
    assert_eq!(none.kept(), (0, 0));
}

#[test]
fn images_of_modules_that_are_gone_are_not_kept() {
    let spaces = spaces(9, 0);
    let (first, second) = (image(1), image(2));
    let alive = take(&spaces, 1 << 16, Some(&first));
    for image in [&first, &first, &second] {
        let space = take(&spaces, 1 << 16, Some(image));
        spaces.give(space);
    }
    // The second `first` has used the space of the first one again.
    assert_eq!(spaces.kept().0, 2);
    spaces.retire(&first);
    assert_eq!(spaces.kept().0, 1);
    spaces.give(alive);
    assert_eq!(spaces.kept().0, 1);
    assert_eq!(Arc::strong_count(&first.image), 1);
}
