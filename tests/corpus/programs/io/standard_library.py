#: claim = "The modules that programs of this kind use are there."
#: timeout = 5
#: status = "OK"
#: stdout = "all there\n"
import asyncio, bisect, collections, csv, ctypes, datetime, decimal, fractions, functools, hashlib, heapq, itertools
import json, math, multiprocessing, queue, random, re, socket, sqlite3, statistics, string, struct, subprocess, tempfile
import threading, typing, unittest, uuid, zlib, zoneinfo

print("all there")
