// Finding what is visible: sorted groups, binary search, and one item of a bucket where there are too many.

/** The first position in the sorted `values` that is not below `wanted`. */
function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `items` by `key`, each group sorted by `start`; `reach` is the latest end of all items up to a position. */
function grouped(items, key, start, end) {
  const byKey = new Map();
  for (const item of items) {
    const k = key(item);
    if (!byKey.has(k)) byKey.set(k, []);
    byKey.get(k).push(item);
  }
  return [...byKey.values()].map((members) => sortedGroup(members, start, end));
}

function sortedGroup(members, start, end) {
  members.sort((a, b) => start(a) - start(b) || a - b);
  const starts = Float64Array.from(members, start);
  const reach = Float64Array.from(members, end);
  for (let i = 1; i < reach.length; i++) reach[i] = Math.max(reach[i], reach[i - 1]);
  return { items: Int32Array.from(members), starts, reach };
}

/** From which position to which, without the latter, items of `group` may be visible between `from` and `to`. */
function rangeIn(group, from, to) {
  return [lowerBound(group.reach, from), lowerBound(group.starts, to + 1e-9)];
}

/** How many items of all `groups` may be visible. */
function visibleCount(groups, from, to) {
  let count = 0;
  for (const group of groups) {
    const [first, last] = rangeIn(group, from, to);
    count += Math.max(0, last - first);
  }
  return count;
}

/**
 * Call `take` for the items of `group` between `from` and `to`, and give how many it was called for. With a `gap`, in
 * seconds, only the first that begins in each stretch of that length: stretches stand still while the view moves.
 */
function eachVisible(group, from, to, gap, take) {
  let [i, last] = rangeIn(group, from, to);
  if (gap && i < last) i = lowerBound(group.starts, Math.floor(group.starts[i] / gap) * gap);
  let count = 0;
  while (i < last) {
    take(group.items[i]);
    count++;
    i = gap ? Math.max(i + 1, lowerBound(group.starts, (Math.floor(group.starts[i] / gap) + 1) * gap)) : i + 1;
  }
  return count;
}

/**
 * The gap that keeps the items drawn within `budget`: 0 while all visible ones fit. A power of two, so that zooming a
 * little does not draw quite other items; and the same for all groups, so that rare things are all drawn.
 */
function thinning(groups, from, to, budget) {
  const each = groups.map((group) => visibleCount([group], from, to)).filter((count) => count > 0);
  const drawn = (gap) => each.reduce((sum, count) => sum + Math.min(count, (to - from) / gap + 1), 0);
  if (drawn(Number.MIN_VALUE) <= budget) return 0;
  let gap = 2 ** Math.ceil(Math.log2((to - from) / budget));
  while (drawn(gap) > Math.max(budget, each.length * 2)) gap *= 2;
  return gap;
}
