import { ChevronRight } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'

export const Menu = DropdownMenu.Root
export const MenuTrigger = DropdownMenu.Trigger
export const MenuSub = DropdownMenu.Sub

const surface =
  'z-50 min-w-48 max-w-80 overflow-y-auto rounded-md border border-line bg-raised p-1 text-control shadow-float data-[state=open]:animate-[appear_var(--quick)_ease-out] max-h-(--radix-dropdown-menu-content-available-height)'

const row =
  'flex min-h-8 cursor-pointer select-none items-center gap-2.5 rounded-sm px-2.5 py-1 outline-none data-[highlighted]:bg-hover data-[disabled]:cursor-not-allowed data-[disabled]:text-ink-faint touch:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-faint'

export function MenuContent({ className, ...rest }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={4}
        collisionPadding={8}
        {...rest}
        className={cn(surface, className)}
      />
    </DropdownMenu.Portal>
  )
}

interface MenuItemProps extends ComponentProps<typeof DropdownMenu.Item> {
  bad?: boolean
}

export function MenuItem({ bad, className, ...rest }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      {...rest}
      className={cn(row, bad && 'text-bad [&_svg]:text-bad', className)}
    />
  )
}

export function MenuSubTrigger({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.SubTrigger className={cn(row, 'data-[state=open]:bg-hover')}>
      {children}
      <ChevronRight className="ml-auto" aria-hidden />
    </DropdownMenu.SubTrigger>
  )
}

export function MenuSubContent({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.SubContent sideOffset={4} collisionPadding={8} className={surface}>
        {children}
      </DropdownMenu.SubContent>
    </DropdownMenu.Portal>
  )
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
