# Login shells, such as JupyterLab's terminals, begin with a PATH of their own.
PATH=$HOME/.local/bin:/opt/berth/bin:$PATH
export PATH
