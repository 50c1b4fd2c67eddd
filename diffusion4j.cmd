@echo off
rem Runs the command line; builds it on first use. After a change of the sources: mvn package
setlocal
set "LAUNCHER=%~dp0modules\cli\target\launcher"
if not exist "%~dp0lib\java.args" goto find
set "LAUNCHER=%~dp0lib"
set "CLASSPATH=%~dp0lib\*"
:find
if exist "%LAUNCHER%\java.args" goto run
where mvn >nul 2>nul || (echo diffusion4j: expected Maven 3.8 or newer on the PATH to build with, found none 1>&2 & exit /b 1)
echo diffusion4j: building; the first time downloads its libraries, about 200 MB 1>&2
pushd "%~dp0"
call mvn -q -B -ntp -Dmaven.test.skip=true -pl modules/cli -am package 1>&2 || (popd & exit /b 1)
popd
:run
where java >nul 2>nul || (echo diffusion4j: expected Java 17 or newer on the PATH, found none 1>&2 & exit /b 1)
set "VECTOR="
java --list-modules | findstr /b jdk.incubator.vector >nul && set "VECTOR=--add-modules=jdk.incubator.vector"
if not defined ORT_DISABLE_TELEMETRY set "ORT_DISABLE_TELEMETRY=1"
java "@%LAUNCHER%\java.args" %VECTOR% %DIFFUSION4J_OPTS% org.diffusion4j.cli.Main %*
