/**
 * What a shell has to be told. Each hands the words up to the cursor to `pipewright completion SHELL -- …`, each with `=`
 * before it, so that none is empty or looks like an option, and takes what that prints: a word for what the shell adds,
 * then a line a candidate.
 */
export const scripts = {
  bash: `# pipewright completion for bash: eval "$(pipewright completion bash)"
_pipewright() {
  local line=\${COMP_LINE:0:COMP_POINT} current others prefix
  local -a words answer
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  words=("\${words[@]:1}")
  mapfile -t answer < <(pipewright completion bash -- "\${words[@]/#/=}" 2>/dev/null)
  others=\${answer[0]}
  answer=("\${answer[@]:1}")
  COMPREPLY=("\${answer[@]%%$'\\t'*}")
  case $others in
    files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "\${current#--*=}") ;;
    commands) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
    *)
      # Readline replaces what follows the last of these only.
      prefix=\${current%"\${current##*[=:]}"}
      [[ $COMP_WORDBREAKS == *[=:]* ]] && COMPREPLY=("\${COMPREPLY[@]#"$prefix"}") ;;
  esac
}
complete -F _pipewright pipewright`,

  zsh: `#compdef pipewright
# pipewright completion for zsh: eval "$(pipewright completion zsh)"
_pipewright() {
  local line others means
  local -a given answer candidates
  given=("\${(@)words[2,CURRENT]}")
  answer=("\${(@f)$(pipewright completion zsh -- "\${(@)given/#/=}" 2>/dev/null)}")
  others=$answer[1]
  for line in "\${(@)answer[2,-1]}"; do
    means=\${line#*$'\\t'}
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}\${means:+:$means}")
  done
  case $others in
    files) compset -P '--*='; _files ;;
    commands) _command_names -e ;;
    *) (( $#candidates )) && _describe 'pipewright' candidates ;;
  esac
}
if [[ $funcstack[1] == _pipewright ]]; then
  _pipewright "$@"
else
  compdef _pipewright pipewright
fi`,

  fish: `# pipewright completion for fish: pipewright completion fish | source
function __pipewright_complete
    set -l given (commandline -opc)
    set -e given[1]
    set -l current (commandline -ct)
    set -l answer (pipewright completion fish -- =$given "=$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
        case commands
            __fish_complete_command
        case '*'
            set -e answer[1]
            string join \\n -- $answer
    end
end
complete -c pipewright -f -a '(__pipewright_complete)'`,
} as const;

export type Shell = keyof typeof scripts;

export const isShell = (word: string): word is Shell => Object.hasOwn(scripts, word);
