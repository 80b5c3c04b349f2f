import { Pencil } from 'lucide-react'
import { IconButton } from '@/components/button'
import { RemoveButton, type RemoveButtonProps } from './RemoveButton'

interface ChangeButtonsProps extends RemoveButtonProps {
  /** Names the button that edits it. */
  edit: string
  onEdit(): void
}

/** What the keeper of one of a list can do with it at the end of its row: edit it, and remove it. */
export function ChangeButtons({ edit, onEdit, ...removal }: ChangeButtonsProps) {
  return (
    <>
      <IconButton label={edit} onClick={onEdit}>
        <Pencil className="size-4" aria-hidden />
      </IconButton>
      <RemoveButton {...removal} />
    </>
  )
}
