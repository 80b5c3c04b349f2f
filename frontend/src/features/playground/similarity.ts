/** How alike vectors are. Pure. */

/** The cosine of the angle between two vectors, -1 to 1; 0 where one has no length. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  let dot = 0
  let first = 0
  let second = 0
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const x = a[at] ?? 0
    const y = b[at] ?? 0
    dot += x * y
    first += x * x
    second += y * y
  }
  return first === 0 || second === 0 ? 0 : dot / Math.sqrt(first * second)
}

export function matrix(vectors: readonly (readonly number[])[]): number[][] {
  return vectors.map(one => vectors.map(other => cosine(one, other)))
}

/** The two different texts that are most alike; null with fewer than two. */
export function closest(values: number[][]): [number, number] | null {
  let best: [number, number] | null = null
  values.forEach((row, at) => {
    for (let other = at + 1; other < row.length; other++) {
      if (!best || (row[other] ?? 0) > (values[best[0]]?.[best[1]] ?? 0)) best = [at, other]
    }
  })
  return best
}
