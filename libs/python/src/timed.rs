//! A callable that times another one. It is made by hand, because a call must cost less than a class of Python's would:
//! arguments are passed on as they come (the vectorcall protocol, PEP 590), and nothing is allocated.
#![expect(unsafe_code, reason = "a type with a vectorcall slot can only be made by Python's C interface")]

use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use plimsoll_probe::{Moment, Operation};
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

/// An instance.
#[repr(C)]
struct Timed {
    head: PyObject,
    vectorcall: Vectorcall,
    function: *mut PyObject,
    operation: Operation,
    /// `__dict__`: the name, the documentation and whatever else a function has.
    attributes: *mut PyObject,
    weak_references: *mut PyObject,
}

type Vectorcall =
    unsafe extern "C" fn(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject;

/// The bit of a type that has a vectorcall slot. It became part of the stable interface with Python 3.12; in 3.10 and 3.11,
/// which change no more, it is the same.
const HAVE_VECTORCALL: c_ulong = 1 << 11;

static TYPE: AtomicPtr<ffi::PyTypeObject> = AtomicPtr::new(ptr::null_mut());
/// `types.FunctionType`.
static FUNCTION_TYPE: AtomicPtr<PyObject> = AtomicPtr::new(ptr::null_mut());
/// `types.MethodType`.
static METHOD_TYPE: AtomicPtr<PyObject> = AtomicPtr::new(ptr::null_mut());
/// `PyObject_Vectorcall`, which Python 3.10 has as an inline function only.
static VECTORCALL: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Makes the type. Called once, when the module is imported.
pub(crate) fn prepare(python: Python<'_>) -> PyResult<()> {
    let types = python.import("types")?;
    FUNCTION_TYPE.store(types.getattr("FunctionType")?.unbind().into_ptr(), Relaxed);
    METHOD_TYPE.store(types.getattr("MethodType")?.unbind().into_ptr(), Relaxed);
    VECTORCALL.store(find_vectorcall(), Relaxed);
    let made = make_type(python)?;
    TYPE.store(made.into_ptr().cast(), Relaxed);
    Ok(())
}

/// Whether this is the interpreter that the process began with.
pub(crate) fn is_main_interpreter() -> bool {
    // SAFETY: whoever calls is attached to an interpreter; the first has the number 0.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}

/// A callable that does what `function` does and records how long it took.
pub(crate) fn wrap<'py>(function: &Bound<'py, PyAny>, operation: Operation) -> PyResult<Bound<'py, PyAny>> {
    let python = function.py();
    let kind = TYPE.load(Relaxed);
    if kind.is_null() {
        return Err(PyRuntimeError::new_err("the module was not imported"));
    }
    // SAFETY: the type is a heap type whose instances have the size and layout of `Timed`; what is allocated is zeroed but
    // for its head, so that every field is written before anybody sees the object. The function is owned from here on.
    unsafe {
        let made = Bound::from_owned_ptr_or_err(python, ffi::PyType_GenericAlloc(kind, 0))?;
        let timed = made.as_ptr().cast::<Timed>();
        (*timed).vectorcall = call_fast;
        (*timed).operation = operation;
        (*timed).function = function.clone().into_ptr();
        Ok(made)
    }
}

/// The call as every modern caller makes it.
unsafe extern "C" fn call_fast(
    this: *mut PyObject,
    arguments: *const *mut PyObject,
    count_and_flag: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: Python calls this slot with an instance of our type, which it keeps alive, and with arguments that the callee
    // may use as it was allowed to us.
    unsafe {
        let timed = this.cast::<Timed>();
        let function = (*timed).function;
        let vectorcall = VECTORCALL.load(Relaxed);
        if vectorcall.is_null() || function.is_null() {
            return call_by_tuple(timed, arguments, count_and_flag, names);
        }
        let vectorcall: Vectorcall = std::mem::transmute(vectorcall);
        let start = Moment::now();
        let result = vectorcall(function, arguments, count_and_flag, names);
        finish((*timed).operation, start, result)
    }
}

#[inline(always)]
fn finish(operation: Operation, start: Moment, result: *mut PyObject) -> *mut PyObject {
    let ns = start.elapsed_ns();
    if result.is_null() {
        operation.record_failed(ns);
    } else {
        operation.record(ns);
    }
    result
}

/// The same where Python has no `PyObject_Vectorcall`.
#[cold]
unsafe fn call_by_tuple(
    timed: *mut Timed,
    arguments: *const *mut PyObject,
    count_and_flag: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    const FLAG: usize = 1 << (usize::BITS - 1);
    // SAFETY: there are as many arguments as the protocol says, positional ones first, then one for each name. All that is
    // made here is owned here and given back; `PyTuple_SetItem` takes over the reference it gets.
    unsafe {
        let count = (count_and_flag & !FLAG) as isize;
        let positional = ffi::PyTuple_New(count);
        if positional.is_null() {
            return ptr::null_mut();
        }
        for index in 0..count {
            let argument = *arguments.offset(index);
            ffi::Py_INCREF(argument);
            ffi::PyTuple_SetItem(positional, index, argument);
        }
        let mut named = ptr::null_mut();
        if !names.is_null() {
            named = ffi::PyDict_New();
            for index in 0..ffi::PyTuple_Size(names) {
                let name = ffi::PyTuple_GetItem(names, index);
                let value = *arguments.offset(count + index);
                if named.is_null() || ffi::PyDict_SetItem(named, name, value) != 0 {
                    ffi::Py_DECREF(positional);
                    ffi::Py_XDECREF(named);
                    return ptr::null_mut();
                }
            }
        }
        let result = call(timed.cast(), positional, named);
        ffi::Py_DECREF(positional);
        ffi::Py_XDECREF(named);
        result
    }
}

/// The call as old callers make it.
unsafe extern "C" fn call(
    this: *mut PyObject,
    positional: *mut PyObject,
    named: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as in `call_fast`; an object that the garbage collector has emptied has no function any more.
    unsafe {
        let timed = this.cast::<Timed>();
        if (*timed).function.is_null() {
            ffi::PyErr_SetString(ffi::PyExc_RuntimeError, c"the measured function is gone".as_ptr());
            return ptr::null_mut();
        }
        let start = Moment::now();
        let result = ffi::PyObject_Call((*timed).function, positional, named);
        finish((*timed).operation, start, result)
    }
}

/// As an attribute of a class it becomes a method of its instances.
unsafe extern "C" fn bind(this: *mut PyObject, instance: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: `this` is alive; `MethodType` is kept for ever, and is called with two living objects.
    unsafe {
        if instance.is_null() || ffi::Py_IsNone(instance) != 0 {
            ffi::Py_INCREF(this);
            return this;
        }
        let method_type = METHOD_TYPE.load(Relaxed);
        ffi::PyObject_CallFunctionObjArgs(method_type, this, instance, ptr::null_mut::<PyObject>())
    }
}

/// What times a function says that it is one, to `isinstance` and `inspect`: frameworks treat other callables in other ways,
/// and some take none.
unsafe extern "C" fn class(this: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    // SAFETY: `FunctionType` is kept for ever, as is the type of a living object; a new reference is given.
    unsafe {
        let of_function = attribute_of_function(this, c"__class__".as_ptr().cast_mut().cast());
        if of_function.is_null() || of_function == FUNCTION_TYPE.load(Relaxed) {
            return of_function;
        }
        ffi::Py_DECREF(of_function);
        let own = ffi::Py_TYPE(this).cast();
        ffi::Py_INCREF(own);
        own
    }
}

/// An attribute that only functions have, under the name that `name` points to.
unsafe extern "C" fn attribute_of_function(this: *mut PyObject, name: *mut c_void) -> *mut PyObject {
    // SAFETY: an attribute of a living object is asked for, by a C string; one that is gone has become `None`.
    unsafe {
        let function = (*this.cast::<Timed>()).function;
        let asked = if function.is_null() { ffi::Py_None() } else { function };
        ffi::PyObject_GetAttrString(asked, name.cast())
    }
}

/// Pickled by its name, as a function is.
unsafe extern "C" fn reduce(this: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: an attribute of a living object is asked for.
    unsafe { ffi::PyObject_GetAttrString(this, c"__qualname__".as_ptr()) }
}

unsafe extern "C" fn represent(this: *mut PyObject) -> *mut PyObject {
    // SAFETY: the format takes one object, which is alive as long as `this` is; it may be null, which `%R` does not take.
    unsafe {
        let function = (*this.cast::<Timed>()).function;
        let shown = if function.is_null() { ffi::Py_None() } else { function };
        ffi::PyUnicode_FromFormat(c"<measured %R>".as_ptr(), shown)
    }
}

unsafe extern "C" fn traverse(this: *mut PyObject, visit: ffi::visitproc, with: *mut c_void) -> c_int {
    // SAFETY: the garbage collector is told of every object that an instance owns, its type included.
    unsafe {
        let timed = this.cast::<Timed>();
        let owned = [ffi::Py_TYPE(this).cast::<PyObject>(), (*timed).function, (*timed).attributes];
        for object in owned {
            if !object.is_null() {
                let stop = visit(object, with);
                if stop != 0 {
                    return stop;
                }
            }
        }
        0
    }
}

unsafe extern "C" fn clear(this: *mut PyObject) -> c_int {
    // SAFETY: each field is emptied before what it held is let go, which may run any code.
    unsafe {
        let timed = this.cast::<Timed>();
        let function = ptr::replace(&raw mut (*timed).function, ptr::null_mut());
        ffi::Py_XDECREF(function);
        let attributes = ptr::replace(&raw mut (*timed).attributes, ptr::null_mut());
        ffi::Py_XDECREF(attributes);
        0
    }
}

unsafe extern "C" fn free(this: *mut PyObject) {
    // SAFETY: nobody holds the object any more. It leaves the garbage collector first; its type, being on the heap, is let
    // go last.
    unsafe {
        ffi::PyObject_GC_UnTrack(this.cast());
        if !(*this.cast::<Timed>()).weak_references.is_null() {
            ffi::PyObject_ClearWeakRefs(this);
        }
        clear(this);
        let kind = ffi::Py_TYPE(this);
        ffi::PyObject_GC_Del(this.cast());
        ffi::Py_DECREF(kind.cast());
    }
}

/// What a function has besides its own dictionary. What Python keeps of these it keeps for ever.
fn properties() -> &'static mut [ffi::PyGetSetDef] {
    let property = |name: &'static std::ffi::CStr, get: ffi::getter| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set: None,
        doc: ptr::null(),
        closure: name.as_ptr().cast_mut().cast(),
    };
    Box::leak(Box::new([
        property(c"__class__", class),
        property(c"__code__", attribute_of_function),
        property(c"__defaults__", attribute_of_function),
        property(c"__kwdefaults__", attribute_of_function),
        property(c"__globals__", attribute_of_function),
        property(c"__closure__", attribute_of_function),
        ffi::PyGetSetDef {
            name: c"__dict__".as_ptr(),
            get: Some(ffi::PyObject_GenericGetDict),
            set: Some(ffi::PyObject_GenericSetDict),
            doc: ptr::null(),
            closure: ptr::null_mut(),
        },
        // SAFETY: a property of zeros ends the list.
        unsafe { std::mem::zeroed() },
    ]))
}

fn make_type(python: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let offset = |name: &'static std::ffi::CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as isize,
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    };
    // What Python keeps of these it keeps for ever.
    let members: &'static mut [ffi::PyMemberDef] = Box::leak(Box::new([
        offset(c"__vectorcalloffset__", offset_of!(Timed, vectorcall)),
        offset(c"__dictoffset__", offset_of!(Timed, attributes)),
        offset(c"__weaklistoffset__", offset_of!(Timed, weak_references)),
        // SAFETY: a member of zeros ends the list.
        unsafe { std::mem::zeroed() },
    ]));
    let properties = properties();
    let methods: &'static mut [ffi::PyMethodDef] = Box::leak(Box::new([
        ffi::PyMethodDef {
            ml_name: c"__reduce__".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce },
            ml_flags: ffi::METH_NOARGS,
            ml_doc: ptr::null(),
        },
        ffi::PyMethodDef::zeroed(),
    ]));
    let slot = |slot: c_int, pointer: *mut c_void| ffi::PyType_Slot { slot, pfunc: pointer };
    let mut slots = [
        slot(ffi::Py_tp_call, call as *mut c_void),
        slot(ffi::Py_tp_descr_get, bind as *mut c_void),
        slot(ffi::Py_tp_repr, represent as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse as *mut c_void),
        slot(ffi::Py_tp_clear, clear as *mut c_void),
        slot(ffi::Py_tp_dealloc, free as *mut c_void),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_getset, properties.as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(0, ptr::null_mut()),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_HAVE_GC
        | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR
        | ffi::Py_TPFLAGS_IMMUTABLETYPE
        | HAVE_VECTORCALL;
    let mut spec = ffi::PyType_Spec {
        name: c"plimsoll._native.Timed".as_ptr(),
        basicsize: size_of::<Timed>() as c_int,
        itemsize: 0,
        flags: flags as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the slots fit the layout of `Timed` and end with a zero; what Python keeps of them lives for ever.
    unsafe { Bound::from_owned_ptr_or_err(python, ffi::PyType_FromSpec(&raw mut spec)) }
}

#[cfg(unix)]
fn find_vectorcall() -> *mut c_void {
    unsafe extern "C" {
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    // SAFETY: the declaration is that of POSIX; a null handle is the default one. If the name is found it is that of
    // Python's function, whose type has not changed since 3.9.
    unsafe { dlsym(ptr::null_mut(), c"PyObject_Vectorcall".as_ptr()) }
}

#[cfg(not(unix))]
fn find_vectorcall() -> *mut c_void {
    ptr::null_mut()
}
