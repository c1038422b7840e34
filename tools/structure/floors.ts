type Graph = ReadonlyMap<string, readonly string[]>

/** Groups of nodes that reach each other (Tarjan), those that others need first. */
function componentsOf(graph: Graph): string[][] {
  const found: string[][] = []
  const places = new Map<string, { readonly index: number; low: number; isOpen: boolean }>()
  const open: string[] = []
  const visit = (node: string) => {
    const place = { index: places.size, low: places.size, isOpen: true }
    places.set(node, place)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      const of = places.get(next) ?? visit(next)
      if (of.isOpen) place.low = Math.min(place.low, of.low)
    }
    if (place.low === place.index) {
      const members = open.splice(open.indexOf(node))
      for (const member of members) (places.get(member) as typeof place).isOpen = false
      found.push(members)
    }
    return place
  }
  for (const node of graph.keys()) if (!places.has(node)) visit(node)
  return found
}

/** Groups of more than one node that reach each other. */
export function circlesOf(graph: Graph): string[][] {
  return componentsOf(graph).filter((members) => members.length > 1)
}

/** For each node the length of the longest way down from it; those in one circle share a floor. */
export function floorsOf(graph: Graph): Map<string, number> {
  const floors = new Map<string, number>()
  for (const members of componentsOf(graph)) {
    const below = members.flatMap((member) => graph.get(member) ?? []).filter((next) => !members.includes(next))
    const floor = Math.max(-1, ...below.map((next) => floors.get(next) ?? -1)) + 1
    for (const member of members) floors.set(member, floor)
  }
  return floors
}
