/** Chats that are dragged onto a folder. */
const kind = 'application/x-stellarchat-chats'

/** Take these along: one, or all that are selected where it is one of them. */
export function dragChats(data: DataTransfer, id: string, selected: ReadonlySet<string>): void {
  data.setData(kind, JSON.stringify(selected.has(id) ? [...selected] : [id]))
  data.effectAllowed = 'move'
}

export function isDraggedChat(data: DataTransfer): boolean {
  return data.types.includes(kind)
}

export function draggedChats(data: DataTransfer): string[] {
  try {
    const ids: unknown = JSON.parse(data.getData(kind))
    return Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : []
  } catch {
    return []
  }
}
