/**
 * The server's sentences by their names (`sentence` of an error), for languages that the server does not speak.
 * A sentence without a remedy is followed by that of the error's code. In braces stand its values; those that
 * end in `_bytes` or `_seconds` are written with their unit.
 */
export const sentences = {
  // accounts
  invitation_none: { message: 'There is no such invitation.', remedy: 'Ask for another one.' },
  invitation_used: { message: 'This invitation was used already.', remedy: 'Ask for another one.' },
  invitation_expired: { message: 'This invitation has expired.', remedy: 'Ask for another one.' },
  account_none: { message: 'There is no account for you here.', remedy: 'Ask an administrator.' },
  account_suspended: { message: 'This account is suspended.', remedy: 'Ask an administrator.' },
  name_wrong: { message: 'That is not your name.', remedy: 'Enter it as it is shown.' },
  password_wrong: {
    message: 'That is not your password.',
    remedy: 'Enter the one you have now.',
  },
  password_short: { message: 'The password must have at least {count} characters.' },
  password_long: { message: 'The password may have at most {count} characters.' },
  password_untypable: { message: 'The password has characters that cannot be typed.' },
  password_common: {
    message: 'That password is among the first that are guessed.',
    remedy: 'Choose another one.',
  },
  too_many_tries: { message: 'Too many tries.', remedy: 'Try again in {wait_seconds}.' },
  oidc_too_long: {
    message: 'This login was not begun here, or took too long.',
    remedy: 'Log in again.',
  },
  oidc_other_browser: {
    message: 'This login was begun in another browser.',
    remedy: 'Log in again.',
  },
  oidc_declined: { message: '{name} did not log you in: {reason}.', remedy: 'Log in again.' },
  oidc_domain: {
    message: 'Your e-mail address is not of a domain that may log in here.',
    remedy: 'Ask an administrator.',
  },
  oidc_silent: {
    message: '{name} does not answer.',
    remedy: 'Try again in a moment, or log in with your password.',
  },
  oidc_invalid: { message: 'What {name} says of you is not valid.', remedy: 'Log in again.' },
  oidc_misconfigured: {
    message: '{name} is not set up well.',
    remedy: 'Tell an administrator, or log in with your password.',
  },
  // limits
  limit_concurrent: {
    message: 'At most {limit} answers of yours are written at once.',
    remedy: 'Wait until one of them is over.',
  },
  limit_tokens: {
    message: 'You have used {used} tokens today, at most {limit} are allowed.',
    remedy: 'Come back tomorrow (UTC), or ask an administrator for more.',
  },
  limit_requests: {
    message: 'You may send {limit} requests a minute.',
    remedy: 'Try again in {wait_seconds}.',
  },
  queue_full: {
    message: '{active} replies are being written and {waiting} wait.',
    remedy: 'Try again in a moment, or choose another model.',
  },
  context_messages: {
    message: 'The conversation has more than {limit} messages.',
    remedy: 'Have its older messages summarised, or begin a new chat.',
  },
  // sharing
  sharing_off: {
    message: 'Sharing is switched off here.',
    remedy: 'Ask whoever runs this server.',
  },
  share_gone: { message: 'This link leads nowhere, or was taken back.' },
  share_unfinished: {
    message: 'This reply is still being written.',
    remedy: 'Wait for it to end, or share it live.',
  },
  share_nothing: {
    message: 'There is nothing in this chat that could be shared.',
    remedy: 'Write something first.',
  },
  programs_off: {
    message: 'Programs may not be started as tool servers here.',
    remedy: 'Add a server over HTTP.',
  },
  // files
  file_empty: { message: 'The file is empty.', remedy: 'Attach another.' },
  file_large: {
    message: 'The file is larger than {limit_bytes}.',
    remedy: 'Attach a smaller one, or the part of it that matters.',
  },
  files_full: {
    message: 'Your files would take more than {limit_bytes}.',
    remedy: 'Delete files that you need no more: Settings, Files.',
  },
  disk_full: {
    message: 'The server’s disk is full.',
    remedy: 'Free some space, then send the file again.',
  },
  file_unknown: {
    message: '“{name}” is of no kind that is read.',
    remedy: 'Attach an image, a PDF, an office document or text.',
  },
  file_scanned: {
    message: '“{name}” has no text: it holds pictures of pages.',
    remedy: 'Attach its pages as images to a model that sees, or run text recognition over it.',
  },
  file_office: {
    message: '“{name}” cannot be read: the libraries for office documents are not installed.',
    remedy: 'Save it as PDF, or ask an administrator to install them.',
  },
  file_long: {
    message: '“{name}” has more than {limit} characters of text.',
    remedy: 'Attach the part of it that matters.',
  },
  file_image: {
    message: '“{name}” is no picture that can be read.',
    remedy: 'Save it anew as PNG or JPEG.',
  },
  file_memory: {
    message: '“{name}” takes more memory to read than it may.',
    remedy: 'Attach a smaller part of it.',
  },
  file_time: {
    message: '“{name}” takes longer to read than it may.',
    remedy: 'Attach a smaller part of it, or save it anew.',
  },
  file_broken: {
    message: '“{name}” is damaged, or not what it seems to be.',
    remedy: 'Open it, save it anew, and attach that.',
  },
  file_locked: {
    message: '“{name}” is locked with a password.',
    remedy: 'Save it without one.',
  },
  file_blank: { message: '“{name}” has nothing to read in it.', remedy: 'Attach another.' },
  model_blind: {
    message: '{model} does not see images.',
    remedy: 'Choose a model that sees, or send the message without the image.',
  },
  // imports
  import_empty: {
    message: 'The file is empty.',
    remedy: 'Choose the file that an export made.',
  },
  import_file_large: {
    message: 'The file is larger than {limit_bytes}.',
    remedy: 'Import it in parts.',
  },
  import_zip_broken: {
    message: 'The archive cannot be read.',
    remedy: 'Choose the zip file as it was exported, or the JSON inside of it.',
  },
  import_zip_entry: {
    message: '{name} of the archive is damaged.',
    remedy: 'Export it once more.',
  },
  import_zip_entries: {
    message: 'The archive has more than {limit} entries.',
    remedy: 'Unpack it and choose the JSON file.',
  },
  import_zip_files: {
    message: 'The archive has more than {limit} JSON files.',
    remedy: 'Import it in parts.',
  },
  import_zip_leads_out: {
    message: 'The archive has an entry whose name leads out of its folder.',
    remedy: 'Choose the file as it was exported.',
  },
  import_zip_no_json: {
    message: 'The archive holds no JSON file.',
    remedy: 'Choose the archive or the JSON file that the other program’s export made.',
  },
  import_zip_encrypted: {
    message: 'The archive is encrypted.',
    remedy: 'Unpack it and choose the JSON file.',
  },
  import_zip_swollen: {
    message: 'The archive unpacks to far more than it seems to hold.',
    remedy: 'Unpack it and choose the JSON file.',
  },
  import_no_list: { message: 'The file holds neither a list nor an object.' },
  import_broken_json: {
    message: 'The file is no whole JSON; what follows was not read ({said}).',
  },
  import_large: { message: 'The record is larger than {limit_bytes}.' },
  import_large_ends: {
    message: 'The record is larger than {limit_bytes}. What follows it was not read.',
  },
  import_unlike: { message: 'This chat is not written as that program writes it.' },
  import_unknown: {
    message: 'This is no chat of StellarChat, Open WebUI, ChatGPT or LibreChat.',
  },
  import_newer: {
    message: 'The file has version {version} of the format, which this program does not read yet.',
  },
  import_no_id: { message: 'This chat has no id.' },
  import_many_messages: {
    message: 'This chat has {count} messages, more than the {limit} that are taken.',
  },
  import_circle: { message: 'The messages of this chat follow each other in a circle.' },
  import_file: { message: 'A file in it is damaged.' },
  import_file_damaged: { message: '“{name}” is damaged in the archive.' },
  // engines that ended
  launch_no_memory: {
    message: '{name} ended: there was not enough memory.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_memory_ran_out: {
    message: '{name} was ended by the system: most likely the memory ran out.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_gpu_memory: {
    message: '{name} ended: there was not enough memory on the GPU.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_gpu_in_use: {
    message: '{name} ended: other programs use the GPU’s memory.',
    remedy: 'End them, choose other GPUs, or give it a smaller share of the memory.',
  },
  launch_gpu_share: {
    message: '{name} ended: its share of the GPU’s memory is too small for the model.',
    remedy: 'Give it a larger share or more GPUs, or choose a smaller model.',
  },
  launch_context_memory: {
    message: '{name} ended: the context is too long for the memory that is left for it.',
    remedy: 'Start it with a shorter context or a larger share of the memory.',
  },
  launch_context_model: {
    message: '{name} ended: the context is longer than the model was made for.',
    remedy: 'Start it with a shorter context.',
  },
  launch_gpu_count: {
    message: '{name} ended: the model cannot be shared by that many GPUs.',
    remedy: 'Start it with 1, 2 or 4 GPUs.',
  },
  launch_nccl: {
    message: '{name} ended: the GPUs could not work together (NCCL).',
    remedy: 'Start it on one GPU.',
  },
  launch_no_gpu: {
    message: '{name} ended: no usable GPU was found.',
    remedy: 'Install the GPU’s driver, or use an engine for the CPU.',
  },
  launch_bfloat16: {
    message: '{name} ended: the GPU is too old for bfloat16.',
    remedy: 'Start it with precision float16.',
  },
  launch_remote_code: {
    message: '{name} ended: the model brings a program of its own.',
    remedy: 'Where you trust its makers, start it with trust_remote_code.',
  },
  launch_lora_rank: {
    message: '{name} ended: the adapter is larger than allowed for.',
    remedy: 'Start it with extra_args --max-lora-rank and the rank that is named.',
  },
  launch_lora: {
    message: '{name} ended: the adapter was not made for this model, or is none.',
    remedy: 'Start it without an adapter, or with one for this very model.',
  },
  launch_unknown_model: {
    message: '{name} ended: the engine does not know this kind of model.',
    remedy: 'Update the engine, or use another one.',
  },
  launch_libraries: {
    message: '{name} ended: libraries of the engine’s environment do not fit together.',
    remedy: 'Install torchvision, torchaudio and torchcodec for its torch, or uninstall them.',
  },
  launch_library: {
    message: '{name} ended: a library that the engine needs is missing.',
    remedy: 'Install the engine again with all it needs.',
  },
  launch_port: {
    message: '{name} ended: its port was taken by another program.',
    remedy: 'Start it again.',
  },
  launch_disk: {
    message: '{name} ended: the disk is full.',
    remedy: 'Free some space, or move the data directory.',
  },
  launch_damaged: {
    message: '{name} ended: the model file is damaged or incomplete.',
    remedy: 'Delete the model and download it again.',
  },
  launch_options: {
    message: '{name} ended: the engine does not understand its options.',
    remedy: 'Correct the options, or update the engine.',
  },
  launch_unreadable: {
    message: '{name} ended: a file could not be read.',
    remedy: 'Give this user the right to read the model and its folder.',
  },
  launch_no_file: {
    message: '{name} ended: a file was not found.',
    remedy: 'Check the model’s path, or download the model again.',
  },
  launch_processor: {
    message: '{name} ended: this processor lacks instructions that the engine uses.',
    remedy: 'Install a build for this processor.',
  },
} as const
