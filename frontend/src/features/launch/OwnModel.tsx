import { Trash2 } from 'lucide-react'
import { useRemoveModel, useRemoveWeights } from '@/api/control/catalogue'
import type { CatalogModel, CatalogVariant } from '@/api/control/types'
import { Button } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { Confirmed } from '../platform/Confirmed'

interface OwnModelProps {
  model: CatalogModel
  variant: CatalogVariant
  onRemoved(): void
}

/** What takes things away: the weights of what does not run, and models of one's own. */
export function OwnModel({ model, variant, onRemoved }: OwnModelProps) {
  const t = useTranslations('add')
  const common = useTranslations('common')
  const remove = useRemoveModel()
  const weights = useRemoveWeights()
  const failed = (error: unknown) => toastError(error, common('failed'))
  const idle = variant.state === 'stopped' || variant.state === 'failed'
  const deletable = variant.downloaded && idle && !model.demonstration
  if (!deletable && !model.own) return null
  return (
    <div className="mt-10 flex flex-wrap gap-2 border-line border-t pt-4">
      {deletable && (
        <Confirmed
          question={variant.name}
          onConfirm={() =>
            weights.mutate(variant.id, {
              onError: failed,
              onSuccess: () => toast({ title: t('weightsRemoved', { name: variant.name }) }),
            })
          }
        >
          <Button look="plain">
            <Trash2 className="size-4" aria-hidden />
            {t('removeWeights')}
          </Button>
        </Confirmed>
      )}
      {model.own && (
        <Confirmed
          question={model.name}
          onConfirm={() =>
            remove.mutate(model.id, {
              onError: failed,
              onSuccess: () => {
                toast({ title: t('removed', { name: model.name }) })
                onRemoved()
              },
            })
          }
        >
          <Button look="plain">
            <Trash2 className="size-4" aria-hidden />
            {t('remove')}
          </Button>
        </Confirmed>
      )}
    </div>
  )
}
