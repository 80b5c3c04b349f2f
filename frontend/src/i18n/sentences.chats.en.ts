/** Sentences of chats, answers and files; see `sentences.en.ts`. */
export const chats = {
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
  files_count: { message: 'From 1 to {limit} files can be removed at once.' },
  file_busy: {
    message: 'A reply that has this file is being written.',
    remedy: 'Wait for it to end, or stop it.',
  },
  file_form: { message: 'There is no such form of this file.' },
  file_referred: {
    message: 'A message refers to this file.',
    remedy: 'Delete the chat it is in; the file goes with it.',
  },
  upload_cut: { message: 'The file was cut off on its way.', remedy: 'Send it again.' },
  file_entries_none: {
    message: 'None of the file’s entries can be kept.',
    remedy: 'Send a file that was exported here.',
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
  // chats
  edit_person: {
    message: 'Only what a person wrote can be worded anew.',
    remedy: 'Ask for another answer instead.',
  },
  reply_unfinished: {
    message: 'This message is still being written.',
    remedy: 'Wait for it to end, or stop it.',
  },
  message_none: { message: 'There is no such message.' },
  chat_none: { message: 'There is no such chat.' },
  chat_deleted: {
    message: 'This chat was made before, and has been deleted since.',
    remedy: 'Begin a new chat.',
  },
  chat_stale: {
    message: 'The chat was changed elsewhere meanwhile.',
    remedy: 'Read the chat again and repeat the change on what it is now.',
  },
  branch_long: {
    message: 'The branch has {count} messages, more than the {limit} that are copied at once.',
    remedy: 'Fork from a message further up.',
  },
  image_kind: {
    message: 'What came is no PNG, JPEG, GIF, WebP or AVIF picture.',
    remedy: 'Open the address beside instead.',
  },
  query_long: { message: 'What is searched for may have at most {limit} characters.' },
  chat_unshared: { message: 'This chat is not shared.' },
  file_none: { message: 'There is no such file.' },
  file_unattached: { message: 'The file that was attached is gone.', remedy: 'Attach it again.' },
  chats_many: { message: 'At most {limit} chats can be changed at once.' },
  tags_none: { message: 'Which tags?', remedy: 'Name at least one.' },
  trash_none: { message: 'There is no such chat in the trash.' },
  folder_name: { message: 'A folder needs a name.' },
  folder_none: { message: 'There is no such folder.' },
  folder_taken: {
    message: 'There is a folder of this name already.',
    remedy: 'Choose another name.',
  },
  summary_nothing: {
    message: 'There is nothing to summarise.',
    remedy: 'Begin a new chat, or keep fewer messages.',
  },
  summary_none: {
    message: '{model} wrote no summary.',
    remedy: 'Try again, or choose another model for it.',
  },
  model_unnamed: { message: 'No model was named.', remedy: 'Choose a model.' },
  compare_count: { message: 'Choose from {least} to {most} models.' },
  compare_twice: { message: 'Each model can be compared once.' },
  compare_gone: { message: 'The chat of this comparison is gone.' },
  compare_answer: { message: 'This is none of the answers.' },
  compare_none: { message: 'There is no such comparison.' },
  // answers
  call_none: { message: 'There is no such call.' },
  call_over: { message: 'This call does not wait any more.' },
  question_over: { message: 'This question does not wait any more.' },
  reply_none: { message: 'There is no such generation.' },
  answer_nothing: { message: 'There is nothing to answer.', remedy: 'Write something first.' },
  answer_again: { message: 'Only an answer to a user’s message can be made anew.' },
  answer_continue: { message: 'Only an answer can be continued.' },
  message_unanswered: {
    message: 'This message was stored before, without an answer.',
    remedy: 'Ask for an answer to it.',
  },
  engine_no_stream: {
    message: 'The engine answered with something that is no stream.',
    remedy: 'Check that its address leads to the engine and not to another server.',
  },
  engine_halted: {
    message: 'The engine stopped in the middle of its answer.',
    remedy: 'Continue the answer, or retry.',
  },
  engine_no_ranking: {
    message: 'The engine {engine} does not rank documents.',
    remedy: 'Name a model of the kind rerank on another engine.',
  },
  instance_stopped: { message: 'This instance was stopped.', remedy: 'Start the model again.' },
  engine_no_schema: {
    message: 'The engine {engine} cannot keep an answer to a schema.',
    remedy: 'Run the model on an engine that can, as llama.cpp, vLLM or SGLang.',
  },
  chat_no_schema: {
    message: 'The engine {engine} cannot keep an answer to a schema.',
    remedy: 'Use another model, or take the schema out of the chat’s parameters.',
  },
  answer_cut_after: {
    message: 'The answer was cut off after {count} tokens, before it was whole.',
    remedy: 'Allow it more tokens, or ask for less.',
  },
  answer_unlike: {
    message: 'The answer does not follow the schema: {said}',
    remedy: 'Try again, or make the schema simpler.',
  },
  model_kind: {
    message: '{model} is a model of another kind, which cannot do this.',
    remedy: 'Choose a model of the right kind.',
  },
  model_toolless: {
    message: '{model} cannot call tools.',
    remedy: 'Turn the tools off in this chat, or choose a model that can call them.',
  },
  calls_many: { message: 'At most {limit} calls are run at once.' },
  tool_none: { message: 'There is no tool of this name.' },
  tool_never: { message: 'This tool may not be used here.' },
  inputs_many: { message: 'There are {count} inputs, at most {limit} are allowed.' },
  engine_vectors: { message: 'The engine gave {found} embeddings for {count} texts.' },
  engine_ranking: { message: 'The engine’s ranking is not whole.' },
  engine_odd: { message: 'The engine answered with something unexpected.' },
  // parameters, settings, prompts
  param_none: { message: 'Unknown parameter “{field}”.' },
  param_number: { message: '“{field}” must be a number from {low} to {high}.' },
  param_integer: { message: '“{field}” must be a whole number from {low} to {high}.' },
  param_stop: { message: 'Words to stop at must be texts, none of them empty.' },
  params_models: { message: 'Parameters can be kept for at most {limit} models.' },
  kept_foreign: { message: 'It is somebody else’s.', remedy: 'Make a copy of it and change that.' },
  kept_many: {
    message: 'You may have at most {limit} of them.',
    remedy: 'Delete some you no longer need.',
  },
  kept_taken: { message: 'You have one named {name} already.', remedy: 'Choose another name.' },
  kept_none: { message: 'It does not exist any more.' },
  command_taken: {
    message: '/{command} brings up “{name}” already.',
    remedy: 'Choose another command.',
  },
  command_form: {
    message: 'The command must be 1 to {limit} letters, digits, hyphens or underscores.',
    remedy: '{proposal} would do.',
  },
} as const
