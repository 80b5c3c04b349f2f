import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MoreHorizontal, Pin, PinOff, RotateCw, SlidersHorizontal } from 'lucide-react'
import { usePatchInstance, useRestartInstance } from '@/api/control/instances'
import type { RunningInstance } from '@/api/control/types'
import { modelList } from '@/api/models'
import { IconButton } from '@/components/button'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/menu'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

/** What is done with an instance less often. */
export function InstanceMenu({ instance }: { instance: RunningInstance }) {
  const t = useTranslations('instances')
  const restart = useRestartInstance()
  const patch = usePatchInstance()
  const { data: models } = useQuery(modelList())
  const modelId = models?.find(one => one.id === instance.variant)?.model_id
  const { run_id: runId, pinned, name } = instance
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton label={t('more', { model: name })}>
          <MoreHorizontal className="size-4" aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent>
        <MenuItem
          disabled={restart.isPending || instance.attached}
          onSelect={() =>
            restart.mutate(runId, { onError: error => toastError(error, t('restartFailed')) })
          }
        >
          <RotateCw aria-hidden />
          {t('restart')}
        </MenuItem>
        <MenuItem
          disabled={patch.isPending}
          onSelect={() =>
            patch.mutate(
              { runId, pinned: !pinned },
              { onError: error => toastError(error, t('changeFailed')) },
            )
          }
        >
          {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
          {pinned ? t('unpin') : t('pin')}
        </MenuItem>
        {modelId && (
          <MenuItem asChild>
            <Link to="/models/$modelId" params={{ modelId }}>
              <SlidersHorizontal aria-hidden />
              {t('changeOptions')}
            </Link>
          </MenuItem>
        )}
      </MenuContent>
    </Menu>
  )
}
