/** What the relay answers where a program has to be asked: it cannot tell, or there is something to be told. */
export const UNTOLD = 125;

/** A host that we are cut off from is another's after so long: the shell there, which holds the lock, hears from us or ends. */
export const QUIET_S = 24;

/**
 * What the relay does in place of programs that are no programs of the kernel's: it prints what these print.
 *
 *     greeting                 who we are, and which machine it is
 *     self                     which process the shell is
 *     notes FOLDER             what is in its files
 *     machine WORD…            what a look at a machine begins with: `tool:NAME`, `path:PATH`, `id:FILE` of whose first line it is known,
 *                              `names:FOLDER`
 *     text FILE                nothing where it is not there
 *     identity FILE…
 *     none PATH…               nothing, where none is there
 *     program NAME             nothing, where it is there
 *     filters PATH FILE REQUEST NAME   nothing, without the path; or where the file is empty, and the dump has no such table
 *     tables PATH REQUEST NAME…        nothing, where the dump has none of them. NAME: its family, a byte, and its name
 *     keep FILE                what the shell has to read by 7. By the time that this is done it is in its place, and a crash
 *                              of the host does not take it back
 *     forget FILE
 *     state WORD               what the shell does, which is watched: `run`, or a word that was not said before
 */
export const MACHINE = String.raw`
sub first_line {
  my ($line) = (text_of(shift) // '') =~ /^[ \t]*(.*?)[ \t]*(?:\n|\z)/;
  return $line;
}

sub identity {
  my ($device, $inode) = stat shift or die "$!\n";
  return "$device:$inode";
}

sub boot { first_line '/proc/sys/kernel/random/boot_id' }

sub greeting {
  print "$> ", boot(), ' ', (stat $home)[1], "\n";
  return 0;
}

sub self {
  my $stat = text_of("/proc/$shell/stat") // die "no /proc\n";
  $stat =~ s/.*\) //s;
  print join(' ', boot(), identity($home), $shell, (split ' ', $stat)[19]), "\n";
  return 0;
}

sub entries {
  opendir my $folder, shift or return;
  return sort grep { !/^\./ } readdir $folder;
}

sub notes {
  my $folder = pack 'H*', shift;
  my $said = '';
  for (grep { /\.jsonl$/ && -f "$folder/$_" } entries $folder) {
    my $text = text_of("$folder/$_") // die "$!\n";
    $said .= length($text) . " $_\n$text";
  }
  print $said;
  return 0;
}

sub is_program {
  my $name = shift;
  return grep { -f "$_/$name" && -x _ } split /:/, $ENV{PATH};
}

sub machine {
  my %of;
  for (@_) { push @{$of{$1}}, pack 'H*', $2 if /^(\w+):(.*)/ }
  my @said = ('own ' . identity($home), "user $>", 'kernel ' . first_line '/proc/sys/kernel/osrelease');
  my ($id) = grep { $_ ne '' } map { first_line $_ } @{$of{id} || []};
  push @said, "machine $id" if defined $id;
  push @said, map { "tool $_" } grep { is_program $_ } @{$of{tool} || []};
  push @said, map { "path $_" } grep { -e } @{$of{path} || []};
  for my $folder (@{$of{names} || []}) {
    push @said, map { my $it = eval { identity "$folder/$_" }; $it ? "name $it $_" : () } entries $folder;
  }
  print map { "$_\n" } @said;
  return 0;
}

sub text {
  my $text = text_of(pack 'H*', shift) // return 1;
  print $text;
  return 0;
}

sub identities {
  print join '', map { identity(pack 'H*', $_) . "\n" } @_;
  return 0;
}

sub none {
  return (grep { -e pack 'H*', $_ } @_) ? ${UNTOLD} : 0;
}

# Whether there is none of these tables in the namespace that we are in.
sub lacks {
  my ($request, @names) = map { pack 'H*', $_ } @_;
  my %wanted = map { $_ => 1 } @names;
  socket my $socket, 16, 3, 12 or die "socket: $!\n"; # NETLINK_NETFILTER
  return !grep { $wanted{substr($_, 16, 1) . unpack 'Z*', attributes($_, 20)->{1} // ''} } messages_in dumped $socket, $request;
}

sub program {
  return is_program(pack 'H*', shift) ? 0 : ${UNTOLD};
}

sub no_filters {
  my ($given, $legacy, @tables) = @_;
  return 0 if none($given) == 0;
  return (text_of(pack 'H*', $legacy) // '') eq '' && lacks(@tables) ? 0 : ${UNTOLD};
}

sub no_tables {
  my ($path, @tables) = @_;
  return within($path, sub { lacks @tables }) ? 0 : ${UNTOLD};
}

sub make_folder {
  my $path = shift;
  return if -d $path;
  make_folder($path =~ s{/[^/]*\z}{}r);
  mkdir $path, 0700 or die "$path: $!\n";
}

sub keep {
  my $path = pack 'H*', shift;
  sysopen my $in, "/proc/$shell/fd/7", 0 or return ${UNTOLD};
  make_folder($path =~ s{/[^/]*\z}{}r);
  sysopen my $out, "$path.new", 01 | 0100 | 01000, 0600 or die "$path.new: $!\n"; # O_WRONLY | O_CREAT | O_TRUNC
  while (1) {
    defined(my $read = sysread $in, my $some, 65536) or die "$path.new: $!\n";
    last if $read == 0;
    for (my $at = 0; $at < $read; ) { $at += syswrite($out, $some, $read - $at, $at) // die "$path.new: $!\n" }
  }
  sys 'fsync', fileno $out;
  rename "$path.new", $path or die "$path: $!\n";
  return 0;
}

sub forget {
  my $path = pack 'H*', shift;
  unlink $path or !-e $path or die "$path: it cannot be removed\n";
  return 0;
}

# A shell that is not heard of any more is ended, and what it holds is free.
$SIG{ALRM} = sub { kill 9, $shell; exit 1 };

sub state {
  alarm($_[0] eq 'run' ? 0 : ${QUIET_S});
  return 0;
}
`;
