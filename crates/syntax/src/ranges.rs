//! Many ranges of one text, asked for what is in them.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of bytes, as ranges of which none touch: what is in it is found in logarithmic time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(BTreeMap<usize, usize>);

impl Ranges {
    /// Adds a range; an empty one adds nothing.
    pub fn add(&mut self, range: &Range<usize>) {
        if range.is_empty() {
            return;
        }
        let (mut start, mut end) = (range.start, range.end);
        while let Some((&from, &to)) = self.0.range(..=end).next_back() {
            if to < start {
                break;
            }
            self.0.remove(&from);
            start = start.min(from);
            end = end.max(to);
        }
        self.0.insert(start, end);
    }

    /// Whether a byte is in it.
    pub fn contains(&self, offset: usize) -> bool {
        let before = self.0.range(..=offset).next_back();
        before.is_some_and(|(_, end)| offset < *end)
    }

    /// The ranges, in order.
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.iter().map(|(start, end)| *start..*end)
    }

    /// The range that has an offset inside of it or at either of its ends.
    pub fn around(&self, offset: usize) -> Option<Range<usize>> {
        let (start, end) = self.0.range(..=offset).next_back()?;
        (offset <= *end).then_some(*start..*end)
    }

    /// Whether any byte of a range is in it.
    pub fn touches(&self, range: &Range<usize>) -> bool {
        let before = self.0.range(..range.end).next_back();
        before.is_some_and(|(_, end)| range.start < *end)
    }
}

impl FromIterator<Range<usize>> for Ranges {
    fn from_iter<I: IntoIterator<Item = Range<usize>>>(ranges: I) -> Self {
        let mut all = Self::default();
        for range in ranges {
            all.add(&range);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_one_of_many_ranges_is_in_them_together() {
        let all = [5..7, 9..9, 1..2, 6..9, 20..30, 2..3, 22..24, 10..12];
        let ranges: Ranges = all.iter().cloned().collect();
        for offset in 0..35 {
            let expected = all.iter().any(|range| range.contains(&offset));
            assert_eq!(ranges.contains(offset), expected, "{offset}");
            let mut near = ranges.iter();
            let near = near.find(|range| range.start <= offset && offset <= range.end);
            assert_eq!(ranges.around(offset), near, "{offset}");
            for end in offset + 1..36 {
                let expected = (offset..end).any(|it| ranges.contains(it));
                assert_eq!(ranges.touches(&(offset..end)), expected, "{offset}..{end}");
            }
        }
    }
}
