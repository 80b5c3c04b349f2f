import { Check, Copy } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

/** A secret that is shown this once, and a button to copy it. */
export function ShownOnce({ label, value }: { label: string; value: string }) {
  const t = useTranslations('account')
  const box = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    box.current?.select()
    try {
      await navigator.clipboard.writeText(value)
      setCopied(true)
    } catch {
      // Plain http on a network has no clipboard; the old way still works on what is selected.
      setCopied(document.execCommand('copy'))
    }
  }
  return (
    <div className="flex gap-2">
      <input
        ref={box}
        readOnly
        aria-label={label}
        value={value}
        onFocus={event => event.target.select()}
        className={cn(fieldLook, 'font-mono text-mini')}
      />
      <Button look="solid" className="h-9" onClick={copy}>
        {copied ? (
          <Check aria-hidden className="size-4" />
        ) : (
          <Copy aria-hidden className="size-4" />
        )}
        <span aria-live="polite">{t(copied ? 'copied' : 'copy')}</span>
      </Button>
    </div>
  )
}
