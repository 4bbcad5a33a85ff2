import { quoted } from '../script.js';
import { MACHINE, UNTOLD } from './relay-machine.js';

/**
 * What does on another host what would take a process for each question and each step: a program of the perl that nearly
 * all have. It reads a line, does what that says, prints what is to be known beside what the shell itself prints, and answers
 * with an exit code. Whatever has bytes is in hexadecimal; a namespace is a path, `-` the one that it is in itself.
 *
 *     look PATH ASK…           ASK: a request for a dump, or `names:NAME,NAME…` for which names of namespaces stand behind
 *                              numbers, likely ones first. A line each; `!` and words where there is none.
 *     send MODE PATH REQUEST…  REQUEST: a request, then `,AT=PATH:DEVICE` or `,AT=PATH` (no path: `-`) for where in it the number of a
 *                              device or the descriptor of a namespace goes. Of each that fails its number, counted from 0,
 *                              and the kernel's answer, or words. MODE `all` does what comes after one that failed, too.
 *                              `group:COUNT:REQUEST`, which counts, stands before COUNT removals of devices, which then
 *                              go together. REQUEST: for a dump of all.
 *     make NAME REQUEST        a namespace, in which the request is sent before it has its name
 *     remove NAME
 *     read PATH FILE…          what is in files of /proc, as the namespace has them: a line each, none where it cannot be read
 *     write PATH FILE TEXT     into one that is there; with a fourth word, where it can be
 *     tell PATH FRAME…         FRAME: `DEVICE:BYTES:AT,AT`, and `:AT` of its checksum where that covers the MAC address of the device,
 *                              which goes to the other places. Sent by devices that have neighbours; prints the numbers of those
 *                              that had no carrier.
 *
 * What else it does is in MACHINE: in the words of programs, which the shell runs where it cannot.
 */
const RELAY = String.raw`
use strict;
unlink @ARGV;
$| = 1;
open my $answer, '>&=', 4 or exit 1;
my $shell = getppid;

# System calls have the numbers of what this perl was built for: two bytes of an ELF header say.
open my $self, '<', '/proc/self/exe' or exit 1;
sysread $self, my $elf, 20;
my ($class, $order, $machine) = unpack 'x4CCx12S', $elf;
my %calls = (
  62 => { setns => 308, unshare => 272, mount => 165, umount2 => 166, fsync => 74 }, # x86_64
  183 => { setns => 268, unshare => 97, mount => 40, umount2 => 39, fsync => 82 }, # aarch64
);
my $call = $class == 2 && $order == 1 && $calls{$machine} or exit 1;
sub sys {
  my ($name, @arguments) = @_;
  syscall($call->{$name}, @arguments) == 0 or die "$name: $!\n";
}

my ($NAMED, $NEWNET) = ('/run/netns', 0x40000000);
open my $home, '<', '/proc/self/ns/net' or exit 1;
my $homes = (stat $home)[0]; # all namespaces are files of one file system

# Nothing may be done by who cannot come back.
sub come_back { syscall($call->{setns}, fileno $home, $NEWNET) == 0 or exit 1 }

sub routing_socket {
  socket my $socket, 16, 3, 0 or die "socket: $!\n";
  setsockopt $socket, 270, $_, pack 'i', 1 for 10, 11, 12; # NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK
  return $socket;
}

# A namespace, held as long as what it returns: its file, and a socket in it.
sub entered {
  my $word = shift;
  return { file => $home, socket => routing_socket() } if $word eq '-';
  my $path = pack 'H*', $word;
  open my $file, '<', $path or die "$path: $!\n";
  sys 'setns', fileno $file, $NEWNET;
  my $socket = eval { routing_socket() };
  my $words = $@;
  come_back();
  return $socket ? { file => $file, socket => $socket } : die $words;
}

my $number = 0;

# With a number of its own, and the flags given; returns that number.
sub numbered {
  substr($_[0], 8, 4) = pack 'L', ++$number;
  substr($_[0], 6, 2) = pack 'S', $_[1] | unpack 'x6S', $_[0];
  return $number;
}

sub send_to {
  my ($socket, $bytes) = @_;
  defined send $socket, $bytes, 0 or die "netlink: $!\n";
}

# Messages that are there to be read: type, flags, number and bytes of each.
sub received {
  my $socket = shift;
  defined sysread $socket, my $in, 32768 or die "netlink: $!\n";
  my @messages;
  for (my $at = 0; $at + 16 <= length $in; ) {
    my ($size, $type, $flags, $of) = unpack 'LSSL', substr $in, $at, 12;
    die "netlink: a broken message\n" if $size < 16;
    $size = ($size + 3) & ~3;
    push @messages, [$type, $flags, $of, substr $in, $at, $size];
    $at += $size;
  }
  return @messages;
}

sub refusal {
  local $! = -unpack 'x16l', shift;
  return "$!\n";
}

# What nobody looks at is most of a dump: routes that the kernel keeps for itself, neighbours that are not permanent.
sub is_of_use {
  my ($type, $bytes) = @_;
  return ord(substr $bytes, 20, 1) != 255 if $type == 24;
  return $type != 28 || 0x80 & unpack 'S', substr $bytes, 24, 2;
}

sub dumped_once {
  my ($socket, $request) = @_;
  my $of = numbered $request, 0;
  send_to $socket, $request;
  my ($all, $whole) = ('', 1);
  while (1) {
    for (received $socket) {
      my ($type, $flags, $to, $bytes) = @$_;
      next if $to != $of;
      $whole = 0 if $flags & 0x10; # NLM_F_DUMP_INTR
      die refusal $bytes if $type == 2;
      return $whole ? $all : undef if $type == 3;
      $all .= $bytes if is_of_use $type, $bytes;
    }
  }
}

sub dumped {
  for (1 .. 20) {
    my $all = dumped_once @_;
    return $all if defined $all;
  }
  die "it changed with every look\n";
}

# The number that the namespace of a socket has for another one.
sub number_for {
  my ($socket, $file) = @_;
  my $request = pack 'LSSx8LSSL', 28, 90, 1, 0, 8, 3, fileno $file; # RTM_GETNSID, NETNSA_FD
  my $of = numbered $request, 0;
  send_to $socket, $request;
  while (1) {
    for (received $socket) {
      my ($type, undef, $to, $bytes) = @$_;
      return $type == 88 ? unpack 'x24l', $bytes : -1 if $to == $of;
    }
  }
}

sub names_there {
  opendir my $folder, $NAMED or return;
  return sort grep { !/^\.\.?$/ } readdir $folder;
}

# Of a node those alone that it has a number for: to ask for each of all in each of all would take their square.
sub names {
  my ($place, @likely) = @_;
  my %left = map { $_ => 1 } unpack '(x24l)*', dumped $place->{socket}, pack 'LSSx8L', 20, 90, 0x301, 0;
  my $is_own = $place->{file} == $home;
  my %found = map { $_ => '' } $is_own ? names_there() : ();
  delete $left{number_for($place->{socket}, $home)} if %left && !$is_own;
  for my $some (sub { @likely }, \&names_there) {
    last unless %left;
    for my $name ($some->()) {
      last unless %left;
      open my $file, '<', "$NAMED/$name" or next;
      my $number = number_for($place->{socket}, $file);
      $found{$name} = $number if delete $left{$number};
    }
  }
  return join ' ', map { unpack('H*', $_) . "=$found{$_}" } sort keys %found;
}

sub look {
  my ($path, @asks) = @_;
  my $place = entered $path;
  my $said = '';
  for (@asks) {
    my ($names) = /^names:(.*)/;
    my $line = eval {
      defined $names
        ? names $place, map { pack 'H*', $_ } split /,/, $names
        : unpack 'H*', dumped $place->{socket}, pack 'H*', $_;
    };
    $said .= defined $line ? "$line\n" : "!$@";
  }
  print $said;
  return 0;
}

# What is told of the device of a name.
sub link_of {
  my ($socket, $name) = @_;
  my $request = pack 'LSSx8x16SSZ*x![4]', 0, 18, 1, 5 + length $name, 3, $name; # RTM_GETLINK, IFLA_IFNAME
  substr($request, 0, 4) = pack 'L', length $request;
  my $of = numbered $request, 0;
  send_to $socket, $request;
  while (1) {
    for (received $socket) {
      my ($type, undef, $to, $bytes) = @$_;
      next if $to != $of;
      return $type == 16 ? $bytes : die qq(Cannot find device "$name"\n);
    }
  }
}

sub index_of { unpack 'x20l', link_of(@_) }

# RTM_DELLINK
sub is_removal { 17 == unpack 'x4S', shift }

# Sends many together: answered are the last and those that fail, and of so many answers none is lost. Of a device that is to
# go it is no failure that it is not there.
sub posted {
  my ($socket, $post) = @_;
  my $failed = '';
  while (my @now = splice @$post, 0, 128) {
    my ($first, $last) = ($number + 1, $number + @now);
    numbered $_->[1], $number + 1 == $last ? 4 : 0 for @now;
    send_to $socket, join '', map { $_->[1] } @now;
    for (my $over = 0; !$over; ) {
      for (received $socket) {
        my ($type, undef, $to, $bytes) = @$_;
        next if $type != 2 || $to < $first || $to > $last;
        my ($at, $request, $removes) = @{$now[$to - $first]};
        my $error = unpack 'x16l', $bytes;
        my $is_gone = $error == -19 && ($removes || is_removal $request); # ENODEV
        $failed .= "$at " . unpack('H*', $bytes) . "\n" if $error && !$is_gone;
        $over = 1 if $to == $last;
      }
    }
  }
  return $failed;
}

# The attributes that stand in a message from there on.
sub attributes {
  my ($bytes, $at) = @_;
  my %found;
  while ($at + 4 <= length $bytes) {
    my ($size, $type) = unpack 'SS', substr $bytes, $at, 4;
    last if $size < 4;
    $found{$type} = substr $bytes, $at + 4, $size - 4;
    $at += ($size + 3) & ~3;
  }
  return \%found;
}

# Those of a dump.
sub messages_in {
  my $all = shift;
  my @messages;
  for (my $at = 0; $at < length $all; ) {
    my $size = unpack 'L', substr $all, $at, 4;
    push @messages, substr $all, $at, $size;
    $at += ($size + 3) & ~3;
  }
  return @messages;
}

# What removes all devices of these names and nothing else at one stroke: each by itself would wait for a grace period of the
# kernel, some 20 ms. In group 0 is everything that nobody gave one; where none holds just them, they first join one that
# nobody is in. None where one of them is not there, or more would not go into one message.
sub removals_together {
  my ($socket, $request, @names) = @_;
  my ($group, %members, %index) = (0);
  my %wanted = map { $_ => 1 } @names;
  for (messages_in dumped $socket, $request) {
    my $it = attributes $_, 32;
    my ($name, $of) = (unpack('Z*', $it->{3}), unpack 'L', $it->{27}); # IFLA_IFNAME, IFLA_GROUP
    push @{$members{$of}}, $name;
    $index{$name} = unpack 'x20l', $_;
    $group = $of if $wanted{$name};
  }
  my $removal = sub { pack 'LSSx8x16SSL', 40, 17, 1, 8, 27, shift }; # RTM_DELLINK
  my @members = $group == 0 ? () : @{$members{$group}};
  return $removal->($group) if @members && @members == keys %wanted && !grep { !$wanted{$_} } @members;
  return if @names > 100 || grep { !$index{$_} } @names;
  my $own = 0x7fffffff;
  $own-- while $members{$own};
  return ((map { pack 'LSSx8x4lx8SSL', 40, 16, 1, $index{$_}, 8, 27, $own } @names), $removal->($own)); # RTM_NEWLINK
}

# In order, and together where they can be: what makes a device has to be there before its number is asked for.
sub send_all {
  my ($mode, $path, @requests) = @_;
  my ($failed, %places, %known, @post) = ('');
  my $place = eval { $places{$path} = entered $path };
  my $words = $@;
  for (my $at = 0; $at < @requests; $at++) {
    last if $failed ne '' && $mode ne 'all';
    if (my ($count, $dump) = $requests[$at] =~ /^group:(\d+):(.*)/) {
      my @names = map { pack 'H*', /:(\w+)$/ } @requests[$at + 1 .. $at + $count];
      $failed .= posted $place->{socket}, \@post if $place;
      my @removals = $place ? eval { removals_together $place->{socket}, pack('H*', $dump), @names } : ();
      push @post, map { [$at, $_, 1] } @removals;
      $at += $count if @removals;
      next;
    }
    my ($request, @blanks) = split /,/, $requests[$at];
    $request = pack 'H*', $request;
    eval {
      $place or die $words;
      for (@blanks) {
        my ($to, $of, $device) = /^(\d+)=([^:]*):?(.*)/;
        my $there = $places{$of} ||= entered $of;
        my $value = fileno $there->{file};
        if ($device ne '') {
          $failed .= posted $place->{socket}, \@post unless $known{"$of:$device"};
          $value = $known{"$of:$device"} ||= index_of $there->{socket}, pack 'H*', $device;
        }
        substr($request, $to, 4) = pack 'L', $value;
      }
      push @post, [$at, $request];
      %known = () if is_removal $request;
      1;
    } or is_removal $request and $@ =~ /^Cannot find device/ or $failed .= "$at !$@";
  }
  $failed .= posted $place->{socket}, \@post if $place;
  print $failed;
  return $failed eq '' ? 0 : 1;
}

# Mounts below it are to be seen, and to go, in the mount namespaces of services and containers too.
my $shared;
sub share {
  return if $shared;
  mkdir $NAMED, 0755;
  my @how = ('none', 1 << 20 | 16384, 0); # MS_SHARED | MS_REC
  eval { sys 'mount', '', $NAMED, @how } or do {
    sys 'mount', $NAMED, $NAMED, 'none', 4096 | 16384, 0; # MS_BIND | MS_REC
    sys 'mount', '', $NAMED, @how;
  };
  $shared = 1;
}

# Ours from its first moment: what the request says of it is so before it has a name.
sub make {
  my ($name, $request) = map { pack 'H*', $_ } @_;
  my $path = "$NAMED/$name";
  share();
  unlink $path if -f $path && -z _ && (stat _)[0] != $homes; # left of a crash
  sys 'unshare', $NEWNET;
  eval {
    posted(routing_socket(), [[0, $request]]) eq '' or die "the loopback device cannot be set up\n";
    sysopen my $file, $path, 0300, 0 or die "$path: $!\n"; # O_CREAT | O_EXCL
    eval { sys 'mount', '/proc/self/ns/net', $path, 'none', 4096, 0 } or do { unlink $path; die $@ };
  };
  my $words = $@;
  come_back();
  die $words if $words ne '';
  return 0;
}

sub remove {
  my $path = "$NAMED/" . pack 'H*', shift;
  syscall($call->{umount2}, $path, 2); # MNT_DETACH; of what was never mounted a file is left
  unlink $path or die "$path: $!\n";
  return 0;
}

# With the namespace as our own for a while.
sub within {
  my ($path, $work) = @_;
  my $place = entered $path;
  sys 'setns', fileno $place->{file}, $NEWNET;
  my $said = eval { $work->() };
  my $words = $@;
  come_back();
  die $words if $words ne '';
  return $said;
}

sub text_of {
  sysopen my $file, shift, 0 or return undef;
  my $text = '';
  while (sysread $file, my $more, 4096) { $text .= $more }
  return $text;
}

sub read_files {
  my ($path, @files) = @_;
  print within $path, sub { join '', map { my $it = text_of pack 'H*', $_; defined $it ? unpack('H*', $it) . "\n" : "!\n" } @files };
  return 0;
}

sub write_file {
  my ($path, $name, $text) = ($_[0], map { pack 'H*', $_ } @_[1, 2]);
  my ($optional, $file) = $_[3];
  within $path, sub {
    sysopen($file, $name, 1) && defined syswrite($file, $text) or $optional or die "$name: $!\n";
  };
  return 0;
}

# With what was left out of it; a checksum of the Internet grows with what it is of.
sub filled_in {
  my ($frame, $mac, $places, $checksum) = @_;
  substr($frame, $_, 6) = $mac for split /,/, $places;
  return $frame unless $checksum;
  my $sum = 0xffff & ~unpack "x$checksum n", $frame;
  $sum += $_ for unpack 'n3', $mac;
  $sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
  substr($frame, $checksum, 2) = pack 'n', 0xffff & ~$sum;
  return $frame;
}

# By a process of its own: the kernel lets go of a packet socket only after a grace period, and nobody waits for that.
sub send_frames {
  $SIG{CHLD} = 'IGNORE';
  defined(my $child = fork) or die "fork: $!\n";
  return if $child;
  socket my $socket, 17, 3, 0 or exit 1; # AF_PACKET, SOCK_RAW, and no protocol: it receives nothing
  send $socket, $_->[1], 0, pack 'Snlx12', 17, 0, $_->[0] for @_;
  exit 0;
}

sub tell {
  my ($path, @asked) = @_;
  print within $path, sub {
    my ($socket, $lost, @frames) = (routing_socket(), '');
    for my $number (0 .. $#asked) {
      my ($device, $frame, @blanks) = split /:/, $asked[$number];
      my $link = eval { link_of $socket, pack 'H*', $device } or next;
      my ($index, $flags) = unpack 'x20lL', $link;
      my $mac = attributes($link, 32)->{1} // ''; # IFLA_ADDRESS
      next if ($flags & 0x83) != 3 || length $mac != 6; # IFF_UP and IFF_BROADCAST, and not IFF_NOARP
      $lost .= "$number\n" unless $flags & 0x40; # IFF_RUNNING
      push @frames, [$index, filled_in pack('H*', $frame), $mac, @blanks];
    }
    send_frames @frames if @frames;
    return $lost;
  };
  return 0;
}
${MACHINE}
my %does = (
  look => \&look,
  send => \&send_all,
  make => \&make,
  remove => \&remove,
  read => \&read_files,
  write => \&write_file,
  tell => \&tell,
  state => \&state,
  keep => \&keep,
  forget => \&forget,
);
my %tells = (
  greeting => \&greeting,
  self => \&self,
  notes => \&notes,
  machine => \&machine,
  text => \&text,
  identity => \&identities,
  none => \&none,
  program => \&program,
  filters => \&no_filters,
  tables => \&no_tables,
);
syswrite $answer, "0\n";
while (my $line = <STDIN>) {
  my ($what, @words) = split ' ', $line;
  my $code = eval { ($does{$what} || $tells{$what})->(@words) };
  print STDERR $@ unless defined $code || $tells{$what};
  $code = $tells{$what} ? ${UNTOLD} : 1 unless defined $code;
  syswrite $answer, "$code\n";
}
`;

/** There is none, as there is no perl that can do it. */
export const NO_RELAY = 127;

/** It ended before it answered. */
export const RELAY_ENDED = 126;

/**
 * Functions of a shell that has one, from the first line on that it is given: by a pipe there (5) and another back (6), which
 * no program of the shell's has. It ends with the shell. `pw_relayed`: whether it did what a program would have to do else.
 */
export const RELAYING = `
pw_ask() {
  [ -n "$pw_relay" ] || pw_start_relay
  [ "$pw_relay" = there ] || return ${NO_RELAY}
  printf '%s\\n' "$1" >&5
  if read -r pw_code <&6; then return "$pw_code"; fi
  pw_relay=none
  echo 'what speaks to the kernel there has ended' >&2
  [ "$pw_watched" != relay ] || pw_watch
  return ${RELAY_ENDED}
}
pw_relayed() {
  pw_ask "$1"
  pw_said=$?
  case $pw_said in ${UNTOLD} | ${NO_RELAY}) return 1 ;; esac
}
pw_end_with() { return "$1"; }
pw_unrelayed() { [ "$pw_relay" != there ]; }
pw_start_relay() {
  pw_relay=none
  set -- /run/pipewright-relay.$$.in /run/pipewright-relay.$$.out
  command -v perl > /dev/null || return 0
  mkfifo -m 600 "$@" 2> /dev/null || { rm -f "$@"; return 0; }
  exec 5<> "$1" 6<> "$2" 3< "$1" 4> "$2" 6< "$2"
  { unset PERL5OPT PERL5LIB PERL_UNICODE; exec perl -e ${quoted(RELAY)} "$@"; } <&3 3<&- 5>&- 6<&- 7<&- 8>&- 9>&- &
  exec 3<&- 4>&-
  if read -r pw_code <&6; then pw_relay=there; else rm -f "$@"; fi
}
`;
