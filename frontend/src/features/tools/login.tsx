import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { LogIn } from 'lucide-react'
import { useEffect, useState } from 'react'
import { loginOutcome } from '@/api/outcome'
import { beginLogin } from '@/api/tools'
import { Button } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'

const BACK = 'stellarchat-back'

/** Sends the person to the service of a tool server, to log in there; they come back to where they are now. */
export function ConnectButton({ server, again }: { server: string; again?: boolean }) {
  const t = useTranslations('tools')
  const [leaving, setLeaving] = useState(false)
  const leave = async () => {
    setLeaving(true)
    try {
      const { url } = await beginLogin(server)
      sessionStorage.setItem(BACK, window.location.pathname)
      window.location.assign(url)
    } catch (error) {
      setLeaving(false)
      toastError(error, t('connectFailed'))
    }
  }
  return (
    <Button onClick={leave} disabled={leaving}>
      <LogIn aria-hidden className="size-4" />
      {t(leaving ? 'leaving' : again ? 'connectAgain' : 'connect')}
    </Button>
  )
}

/** Where a browser comes back from a service: it says what came of it, and goes on to where the person was. */
export function Returned() {
  const t = useTranslations('tools')
  const navigate = useNavigate()
  const client = useQueryClient()
  useEffect(() => {
    const refused = loginOutcome(document.cookie)
    if (refused) toast({ title: t('connectFailed'), text: toldShortly(refused), tone: 'bad' })
    else if (refused === null) toast({ title: t('connected') })
    void client.invalidateQueries({ queryKey: ['tools'] })
    const back = sessionStorage.getItem(BACK) ?? '/'
    sessionStorage.removeItem(BACK)
    void navigate({ to: back, replace: true })
  }, [t, navigate, client])
  return null
}
