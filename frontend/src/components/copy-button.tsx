import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { copyText } from '@/lib/clipboard'

interface CopyButtonProps {
  label: string
  /** Asked when pressed, so that nothing is kept up to date meanwhile. */
  text: () => string
  className?: string
}

export function CopyButton({ label, text, className }: CopyButtonProps) {
  const t = useTranslations('reply')
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <IconButton
      label={copied ? t('copied') : label}
      className={className}
      onClick={async () => setCopied(await copyText(text()))}
    >
      {copied ? (
        <Check aria-hidden className="size-4 text-good" />
      ) : (
        <Copy aria-hidden className="size-4" />
      )}
    </IconButton>
  )
}
