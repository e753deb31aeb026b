// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/c_names.h"

namespace ingot {

namespace {

// Functions of the C11 headers, and of their macros, types and variables those that might name a model; each is
// followed by a space.
constexpr std::string_view standard =
    "DIR EOF FILE I INFINITY NAN abort abs acos acosf acosh acoshf acoshl acosl aligned_alloc asctime asin "
    "asinf asinh asinhf asinhl asinl assert at_quick_exit atan atan2 atan2f atan2l atanf atanh atanhf atanhl "
    "atanl atexit atof atoi atol atoll bsearch btowc c16rtomb c32rtomb cabs cabsf cabsl cacos cacosf cacosh "
    "cacoshf cacoshl cacosl call_once calloc carg cargf cargl casin casinf casinh casinhf casinhl casinl catan "
    "catanf catanh catanhf catanhl catanl cbrt cbrtf cbrtl ccos ccosf ccosh ccoshf ccoshl ccosl ceil ceilf "
    "ceill cexp cexpf cexpl cimag cimagf cimagl clearerr clock clog clogf clogl cnd_broadcast cnd_destroy "
    "cnd_init cnd_signal cnd_timedwait cnd_wait complex conj conjf conjl copysign copysignf copysignl cos cosf "
    "cosh coshf coshl cosl cpow cpowf cpowl cproj cprojf cprojl creal crealf creall csin csinf csinh csinhf "
    "csinhl csinl csqrt csqrtf csqrtl ctan ctanf ctanh ctanhf ctanhl ctanl ctime daylight difftime div environ "
    "erf erfc erfcf erfcl erff erfl errno exit exp exp2 exp2f exp2l expf expl expm1 expm1f expm1l fabs fabsf "
    "fabsl fclose fdim fdimf fdiml feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feof "
    "feraiseexcept ferror fesetenv fesetexceptflag fesetround fetestexcept feupdateenv fflush fgetc fgetpos "
    "fgets fgetwc fgetws floor floorf floorl fma fmaf fmal fmax fmaxf fmaxl fmin fminf fminl fmod fmodf fmodl "
    "fopen fpclassify fprintf fputc fputs fputwc fputws fread free freopen frexp frexpf frexpl fscanf fseek "
    "fsetpos ftell fwide fwprintf fwrite fwscanf getc getchar getenv getwc getwchar gmtime hypot hypotf hypotl "
    "ilogb ilogbf ilogbl imaginary imaxabs imaxdiv isalnum isalpha isblank iscntrl isdigit isfinite isgraph "
    "isgreater isless islower isnormal isprint ispunct isspace isunordered isupper iswalnum iswalpha iswblank "
    "iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit isxdigit labs "
    "lconv ldexp ldexpf ldexpl ldiv lgamma lgammaf lgammal llabs lldiv llrint llrintf llrintl llround llroundf "
    "llroundl localeconv localtime log log10 log10f log10l log1p log1pf log1pl log2 log2f log2l logb logbf "
    "logbl logf logl longjmp lrint lrintf lrintl lround lroundf lroundl malloc mblen mbrlen mbrtoc16 mbrtoc32 "
    "mbrtowc mbsinit mbsrtowcs mbstowcs mbtowc memchr memcmp memcpy memmove memset mktime modf modff modfl "
    "mtx_destroy mtx_init mtx_lock mtx_timedlock mtx_trylock mtx_unlock nan nanf nanl nearbyint nearbyintf "
    "nearbyintl nextafter nextafterf nextafterl nexttoward nexttowardf nexttowardl offsetof optarg opterr "
    "optind option optopt perror pow powf powl printf putc putchar puts putwc putwchar qsort quick_exit raise "
    "rand realloc remainder remainderf remainderl remove remquo remquof remquol rename rewind rint rintf rintl "
    "round roundf roundl scalbln scalblnf scalblnl scalbn scalbnf scalbnl scanf setbuf setjmp setlocale setvbuf "
    "signal signbit signgam sigsetjmp sin sinf sinh sinhf sinhl sinl size_t snprintf sprintf sqrt sqrtf sqrtl "
    "srand sscanf stderr stdin stdout strcat strchr strcmp strcoll strcpy strcspn strerror strftime strlen "
    "strncat strncmp strncpy strpbrk strrchr strspn strstr strtod strtof strtoimax strtok strtol strtold "
    "strtoll strtoul strtoull strtoumax strxfrm swprintf swscanf system tan tanf tanh tanhf tanhl tanl tgamma "
    "tgammaf tgammal thrd_create thrd_current thrd_detach thrd_equal thrd_exit thrd_join thrd_sleep thrd_yield "
    "time time_t timespec timespec_get timeval timezone tm tmpfile tmpnam tolower toupper towctrans towlower "
    "towupper trunc truncf truncl tss_create tss_delete tss_get tss_set tzname ungetc ungetwc va_arg va_end "
    "va_list va_start vfprintf vfscanf vfwprintf vfwscanf vprintf vscanf vsnprintf vsprintf vsscanf vswprintf "
    "vswscanf vwprintf vwscanf wcrtomb wcscat wcschr wcscmp wcscoll wcscpy wcscspn wcsftime wcslen wcsncat "
    "wcsncmp wcsncpy wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof wcstoimax wcstok wcstol wcstold "
    "wcstoll wcstombs wcstoul wcstoull wcstoumax wcsxfrm wctob wctomb wctrans wctype wmemchr wmemcmp wmemcpy "
    "wmemmove wmemset wprintf wscanf ";

// The same of POSIX and the GNU C library, which a header of C++ may include.
constexpr std::string_view posix =
    "accept access acct alarm alloca alphasort asprintf basename bcmp bcopy bind brk bzero chdir chmod chown "
    "chroot clone close closedir closelog confstr connect creat crypt daemon dirfd dirname dlclose dlerror "
    "dlopen dlsym dprintf drem dup ecvt endpwent err error errx execl execle execlp execv execve execvp exp10 "
    "fchdir fchmod fchown fcntl fcvt fdatasync fdopen ffs fileno finite fork fstat fsync ftruncate ftw gamma "
    "gcvt getcwd getdate getdelim getdents getegid geteuid getgid getgroups gethostname getitimer getline "
    "getlogin getopt getpass getpgid getpid getppid getsockopt gettimeofday getuid getw getwd glob globfree "
    "gsignal hcreate hdestroy hsearch htonl htons index initstate insque isascii isatty isinf isnan j0 j1 jn "
    "kill killpg lchown lfind link listen lockf lsearch lseek lstat madvise memccpy memmem mempcpy memrchr "
    "mincore mkdir mkdtemp mkfifo mknod mkstemp mktemp mlock mmap mprotect msync munlock munmap nanosleep nftw "
    "nice ntohl ntohs open openat opendir openlog pause pclose pipe poll popen pread profil pselect psignal "
    "putenv putw pwrite random read readahead readdir readlink readv realpath recv recvfrom recvmsg regcomp "
    "regerror regexec regfree remque revoke rewinddir rindex rmdir roundeven sbrk scalb scandir seekdir select "
    "send sendmsg sendto setbuffer setenv setgid setitimer setpgid setsid setsockopt setstate setuid shutdown "
    "sigaction sigaddset sigdelset sigemptyset sigfillset sighold sigismember significand sigpause sigpending "
    "sigprocmask sigqueue sigset sigstack sigsuspend sigwait sincos sincosf sincosl sleep socket socketpair "
    "splice srandom ssignal stat statx stpcpy strcasecmp strdup strndup strnlen strptime strsep strsignal swab "
    "symlink sync syscall sysconf syslog tcdrain tcflow tcflush tdelete tee telldir tempnam tfind timegm times "
    "toascii totalorder truncate tsearch ttyname twalk tzset ualarm umask uname unlink unsetenv unshare usleep "
    "utime utimes valloc vasprintf verr vfork vwarn wait waitid waitpid warn warnx write writev y0 y1 yn ";

bool holds(std::string_view names, std::string_view name) {
    for (std::size_t at = 0; at < names.size(); at = names.find(' ', at) + 1) {
        if (names.substr(at, names.find(' ', at) - at) == name) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_c_library_name(std::string_view name) {
    return holds(standard, name) || holds(posix, name);
}

}  // namespace ingot
