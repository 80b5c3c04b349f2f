/** What hangs on a message besides its words: long pastes, text files, images. */
import { newId } from '@/lib/ids'

interface TextAttachment {
  kind: 'text'
  id: string
  /** A file's name; null for a paste. */
  name: string | null
  text: string
  lines: number
}

interface ImageAttachment {
  kind: 'image'
  id: string
  name: string
  /** A data: URL. */
  url: string
}

export type Attachment = TextAttachment | ImageAttachment

/** A paste beyond either becomes an attachment; the text box stays quick and readable. */
export const longPaste = { characters: 6000, lines: 120 }
/** Up to here a paste can still be put into the text box. */
export const longestInBox = 30_000
const largest = { text: 2_000_000, image: 20_000_000 }
/** The longer side of an image after scaling, in pixels; models that see scale down to less. */
const longestSide = 2048

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  // A last line break ends a line and begins none.
  return text.endsWith('\n') ? lines - 1 : lines
}

export function textAttachment(text: string, name: string | null): TextAttachment {
  return { kind: 'text', id: newId(), name, text, lines: countLines(text) }
}

/** Whether a paste is too long for the text box. */
export function isLongPaste(text: string): boolean {
  return text.length > longPaste.characters || countLines(text) > longPaste.lines
}

/** Why a file was not taken. */
export class Refused extends Error {
  constructor(
    readonly reason: 'tooLarge' | 'notText',
    readonly file: string,
    readonly limit: number,
  ) {
    super(reason)
  }
}

/** @throws Refused */
export async function readFile(file: File): Promise<Attachment> {
  if (/^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(file.type)) {
    if (file.size > largest.image) throw new Refused('tooLarge', file.name, largest.image)
    return { kind: 'image', id: newId(), name: file.name, url: await scaled(file) }
  }
  if (file.size > largest.text) throw new Refused('tooLarge', file.name, largest.text)
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    if (bytes.subarray(0, 4096).includes(0)) throw new TypeError('binary')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return textAttachment(text, file.name)
  } catch {
    throw new Refused('notText', file.name, 0)
  }
}

async function scaled(file: File): Promise<string> {
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height))
  if (scale === 1 && file.size < 1_000_000) return dataUrl(file)
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  // JPEG has no transparency; PNG of a photograph would be ten times the size.
  return canvas.toDataURL(file.type === 'image/png' ? 'image/png' : 'image/jpeg', 0.88)
}

function dataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}
